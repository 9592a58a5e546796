"""From raw rows to labelled rows: the one place that knows your data."""

import json
from collections.abc import Iterable, Iterator, Mapping

YES = {"1", "true", "yes"}
NO = {"0", "false", "no"}


def labelled(raw: Iterable[Mapping[str, str]], features: Mapping[str, str], label: str) -> Iterator[dict[str, str]]:
    """One row for each raw row that is complete: the label as 0 or 1, then the model's features, each of its kind.

    Here a feature is the raw column of the same name. Compute yours instead where it is not.
    """
    for row in raw:
        outcome = str(row.get(label, "")).strip().lower()
        values = {name: str(row.get(name, "")).strip() for name in features}
        if outcome in YES | NO and all(_fits(value, features[name]) for name, value in values.items()):
            yield {label: "1" if outcome in YES else "0", **values}


def _fits(value: str, kind: str) -> bool:
    """`kind` as the settings say it: an embedding is `embedding 64`, and its value a list of so many numbers."""
    if kind == "text":
        return bool(value)
    if kind == "boolean":
        return value.lower() in ("true", "false", "1", "0")
    if kind.startswith("embedding "):
        return _is_vector(value, int(kind.split()[1]))
    return _is_number(value)


def _is_vector(text: str, size: int) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, list) and len(found) == size and all(type(one) in (int, float) for one in found)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
