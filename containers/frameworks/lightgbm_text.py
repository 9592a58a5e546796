"""Looks at LightGBM's text before LightGBM does: that ends the whole process at a text that is cut or changed.

The format: `GBDT::SaveModelToString` and `Tree::ToString` of LightGBM (src/boosting/gbdt_model_text.cpp and
src/io/tree.cpp).
"""

from __future__ import annotations

from collections.abc import Mapping

VERSIONS = ("v3", "v4")
END, LAST = "end of trees", "\nend of parameters\n"


class BadText(ValueError):
    """The message says what is wrong with the text."""


def check(text: str) -> Mapping[str, str]:
    """The header's entries. Raises BadText for anything that is no whole model."""
    head, separator, rest = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != "tree" or not separator:
        raise BadText("it does not begin as a model's text does, with the line 'tree' and a header")
    header = dict(line.partition("=")[::2] for line in lines[1:])
    if header.get("version") not in VERSIONS:
        raise BadText(f"its version is {header.get('version')!r}; accepted are {', '.join(VERSIONS)}")
    columns = _numbers(header, "max_feature_idx", 1)[0] + 1
    _numbers(header, "num_class", 1)
    _numbers(header, "num_tree_per_iteration", 1)
    whole, at = rest.encode(), 0
    for number, size in enumerate(_numbers(header, "tree_sizes")):
        part = whole[at : at + size].decode(errors="replace")
        first, _, body = part.partition("\n")
        if first != f"Tree={number}" or len(part.encode()) != size:
            raise BadText(f"tree {number} is not where its header says")
        _check_tree(number, dict(line.partition("=")[::2] for line in body.split("\n") if line), columns)
        at += size
    if not whole[at:].startswith(END.encode()):
        raise BadText(f"{END!r} does not follow its last tree")
    if LAST not in rest:
        raise BadText(f"{LAST.strip()!r} does not stand at its end")
    return header


def _check_tree(number: int, tree: Mapping[str, str], columns: int) -> None:
    """Every node and every leaf is reached once, and tests a column that there is."""
    leaves, sets = _numbers(tree, "num_leaves", 1)[0], _numbers(tree, "num_cat", 1)[0]
    inner = leaves - 1
    features, kinds = _numbers(tree, "split_feature", inner), _numbers(tree, "decision_type", inner)
    children = [_numbers(tree, side, inner) for side in ("left_child", "right_child")]
    reached = sorted(child for side in children for child in side)
    thresholds = tree.get("threshold", "").split()
    for name, count in (("leaf_value", leaves), ("threshold", inner)):
        if len(tree.get(name, "").split()) != count:
            raise BadText(f"tree {number} holds not {count} numbers of {name}")
    if inner and reached != [*range(-leaves, 0), *range(1, inner)]:
        raise BadText(f"tree {number} does not reach each of its {leaves} leaves once")
    if any(0 <= child <= node for side in children for node, child in enumerate(side)):
        raise BadText(f"tree {number} has a node that comes before its parent")
    if any(not 0 <= feature < columns for feature in features):
        raise BadText(f"tree {number} tests a column that there is not; it has {columns}")
    _check_sets(number, tree, sets, [text for text, kind in zip(thresholds, kinds, strict=True) if kind & 1])


def _check_sets(number: int, tree: Mapping[str, str], sets: int, chosen: list[str]) -> None:
    """Sets of categories: where each begins in one list of bits, and the nodes that test them."""
    if not sets and not chosen:
        return
    starts = _numbers(tree, "cat_boundaries", sets + 1)
    bits = _numbers(tree, "cat_threshold", starts[-1] if starts else 0)
    known = {str(at) for at in range(sets)}
    if starts != sorted(starts) or starts[0] != 0 or len(bits) != starts[-1] or not set(chosen) <= known:
        raise BadText(f"tree {number} has sets of categories that do not fit its tests")


def _numbers(entries: Mapping[str, str], name: str, count: int | None = None) -> list[int]:
    try:
        found = [int(text) for text in entries[name].split()]
    except (KeyError, ValueError):
        raise BadText(f"{name} is {entries.get(name)!r}, not whole numbers") from None
    if count is not None and len(found) != count:
        raise BadText(f"{name} holds {len(found)} numbers, not {count}")
    return found
