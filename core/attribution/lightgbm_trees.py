"""Trees of a LightGBM model, from `Booster.dump_model()`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from core.attribution.ensemble import AT_MOST, IN_SET, NotCovered, Tree, TreeEnsemble

TESTS = {"<=": AT_MOST, "==": IN_SET}


def lightgbm_ensemble(dump: Mapping[str, Any]) -> TreeEnsemble:
    """Raises NotCovered for linear leaves, averaged forests and unknown tests."""
    if dump.get("average_output"):
        raise NotCovered("an averaged forest (boosting: rf); covered are added trees")
    outputs = int(dump["num_tree_per_iteration"])
    trees = tuple(_tree(tree["tree_structure"], at % outputs) for at, tree in enumerate(dump["tree_info"]))
    return TreeEnsemble(int(dump["max_feature_idx"]) + 1, np.zeros(outputs), trees)


def _tree(root: Mapping[str, Any], output: int) -> Tree:
    nodes = list(_nodes(root))
    place = {id(node): at for at, node in enumerate(nodes)}
    inner = ["split_feature" in node for node in nodes]
    if any("leaf_coeff" in node and node["leaf_coeff"] for node in nodes):
        raise NotCovered("leaves that hold a linear model (linear_tree)")
    left = [place[id(node["left_child"])] if splits else -1 for node, splits in zip(nodes, inner, strict=True)]
    right = [place[id(node["right_child"])] if splits else -1 for node, splits in zip(nodes, inner, strict=True)]
    tests = [_test(node) if splits else AT_MOST for node, splits in zip(nodes, inner, strict=True)]
    return Tree(
        output=output,
        left=np.array(left, np.int32),
        right=np.array(right, np.int32),
        feature=np.array([node.get("split_feature", 0) for node in nodes], np.int32),
        test=np.array(tests, np.int8),
        threshold=np.array([_threshold(node) for node in nodes], float),
        missing_left=np.array([_missing_left(node) for node in nodes], bool),
        zero_is_missing=np.array([node.get("missing_type") == "Zero" for node in nodes], bool),
        categories=tuple(_categories(node) for node in nodes),
        cover=np.array([node.get("internal_count", node.get("leaf_count", 1)) for node in nodes], float),
        value=np.array([node.get("leaf_value", 0.0) for node in nodes], float),
    )


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A parent before its children."""
    yield node
    if "split_feature" in node:
        yield from _nodes(node["left_child"])
        yield from _nodes(node["right_child"])


def _test(node: Mapping[str, Any]) -> int:
    found = TESTS.get(node["decision_type"])
    if found is None:
        raise NotCovered(f"a test {node['decision_type']!r}; covered are {', '.join(TESTS)}")
    return found


def _threshold(node: Mapping[str, Any]) -> float:
    return float(node["threshold"]) if node.get("decision_type") == "<=" else 0.0


def _missing_left(node: Mapping[str, Any]) -> bool:
    """A node that saw no missing value takes one for zero (https://lightgbm.readthedocs.io/en/stable/Advanced-Topics.html);
    a category that is missing is in no set."""
    if node.get("decision_type") == "==":
        return False
    if node.get("missing_type") == "None":
        return bool(_threshold(node) >= 0.0)
    return bool(node.get("default_left", False))


def _categories(node: Mapping[str, Any]) -> frozenset[int]:
    if node.get("decision_type") != "==":
        return frozenset()
    return frozenset(int(category) for category in str(node["threshold"]).split("||"))
