"""The four dimensions of data quality, and the checks that the managed monitor has not."""

from __future__ import annotations

from collections.abc import Iterator

from containers.monitor.window import Reading, Window
from core.contracts.reports import CONSISTENCY, DUPLICATES, FRESHNESS, DataQuality, Violation
from core.statistics.categories import Categories
from core.statistics.checks import REQUEST
from core.statistics.column import CategoricalColumn

ALLOWED = 0.01
"""Share of rows that may break a rule or be late before it is told."""


def data_quality(window: Window, reading: Reading) -> DataQuality:
    """Without rows everything is in order: there is nothing that is not."""
    rows, seen = window.shape.rows, window.shape.rows + window.shape.short + window.shape.long
    cells = rows * len(window.columns)
    presence = [column.presence for column in window.columns.values()]
    missing = sum(found.missing for found in presence)
    wrong = sum(_wrong(window, reading, name) for name in window.columns)
    misshapen = seen - rows
    return DataQuality(
        accuracy=1 - _share(wrong, cells - missing),
        completeness=1 - _share(missing, cells),
        consistency=1 - _share(misshapen + int(window.broken[-1]), seen),
        timeliness=1 - _share(window.late, rows),
        duplicates=max(0.0, 1 - _share(window.distinct.estimate, rows)) if rows else 0.0,
    )


def violations(window: Window, reading: Reading, quality: DataQuality) -> Iterator[Violation]:
    rows, policy = window.shape.rows, reading.policy
    for rule, count in zip(policy.rules, window.broken[:-1].tolist(), strict=True):
        if _share(count, rows) > ALLOWED:
            yield Violation(rule.left, CONSISTENCY, f"{_share(count, rows):.1%} of the rows break the rule {rule}")
    if policy.freshness is not None and _share(window.late, rows) > ALLOWED:
        text = f"{_share(window.late, rows):.1%} of the rows are older than {policy.freshness.hours:g} hours"
        yield Violation(policy.freshness.feature, FRESHNESS, text)
    if quality.duplicates > policy.duplicates:
        text = f"about {quality.duplicates:.1%} of the rows were sent before; {policy.duplicates:.1%} are allowed"
        yield Violation(REQUEST, DUPLICATES, text)


def _wrong(window: Window, reading: Reading, name: str) -> float:
    """Cells that hold something that is no number, or no category of the training set."""
    column = window.columns[name]
    if not isinstance(column, CategoricalColumn):
        return column.presence.texts
    before = reading.baseline.features[reading.columns.index(name)]
    known = before.distribution
    assert isinstance(known, Categories)
    if before.kind == "language":
        return 0  # any may come
    return sum(column.categories.unseen(known.counts).values()) + column.categories.other


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
