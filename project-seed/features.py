"""From raw rows to labelled rows: the one place that knows your data."""

from collections.abc import Iterable, Iterator, Mapping

YES = {"1", "true", "yes"}
NO = {"0", "false", "no"}


def labelled(raw: Iterable[Mapping[str, str]], features: Iterable[str], label: str) -> Iterator[dict[str, str]]:
    """One row for each raw row that is complete: the label as 0 or 1, then the model's features as numbers.

    Here a feature is the raw column of the same name. Compute yours instead where it is not.
    """
    for row in raw:
        outcome = str(row.get(label, "")).strip().lower()
        values = {name: str(row.get(name, "")).strip() for name in features}
        if outcome in YES | NO and all(_is_number(value) for value in values.values()):
            yield {label: "1" if outcome in YES else "0", **values}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
