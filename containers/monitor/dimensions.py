"""The four dimensions of data quality, and the checks that the managed monitor has not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from containers.monitor.window import Reading, Window
from core.contracts.reports import CONSISTENCY, DUPLICATES, FRESHNESS, Anomalies, DataQuality, Outliers, Violation
from core.contracts.signature import owner
from core.statistics.anomalies import anomalies, anomaly_violation
from core.statistics.categories import Categories
from core.statistics.checks import REQUEST
from core.statistics.column import CategoricalColumn, NumericColumn
from core.statistics.outliers import outlier_violations, outliers

ALLOWED = 0.01
"""Share of rows that may break a rule or be late before it is told."""
CERTAIN = 3
"""Standard errors by which an estimate must leave what is allowed: of 740 windows it is one that does so by chance."""
MISPLACED = 0.1
"""Share of requests that may lie in the files of other hours: files are closed some minutes after their hour."""


@dataclass(frozen=True, slots=True)
class Unlike:
    """What of a window is unlike the training set; nothing where there are too few rows to say so."""

    outliers: tuple[Outliers, ...] = ()
    anomalies: Anomalies | None = None


def unlike(window: Window, reading: Reading) -> Unlike:
    """Without features of which the team lets nothing be checked, and without a row's own time, which always leaves
    what the training set holds, and is judged by its age."""
    policy = reading.policy
    if window.shape.rows < policy.minimum_rows:
        return Unlike()
    out = {name for name, edit in policy.constraints.items() if not edit.evaluate_constraints}
    if policy.freshness:
        out.add(policy.freshness.feature)
    without = frozenset(column for column in reading.columns if owner(column) in out)
    return Unlike(
        outliers(reading.baseline, window.columns, without),
        anomalies(reading.baseline, window.explained.rows, policy.minimum_rows, without),
    )


def data_quality(window: Window, reading: Reading, found: Unlike) -> DataQuality:
    """Without rows everything is in order: there is nothing that is not."""
    rows, seen = window.shape.rows, window.shape.rows + window.shape.short + window.shape.long
    cells = rows * len(window.columns)
    presence = [column.presence for column in window.columns.values()]
    missing = sum(found.missing for found in presence)
    wrong = sum(_wrong(window, reading, name) for name in window.columns)
    misshapen = seen - rows
    numeric = [column for column in window.columns.values() if isinstance(column, NumericColumn)]
    return DataQuality(
        accuracy=1 - _share(wrong, cells - missing),
        completeness=1 - _share(missing, cells),
        consistency=1 - _share(misshapen + int(window.broken[-1]), seen),
        timeliness=1 - _share(window.late, rows),
        duplicates=max(0.0, 1 - _share(window.distinct.estimate, rows)) if rows else 0.0,
        outliers=_share(sum(each.beyond.count for each in numeric), sum(each.present for each in numeric)),
        anomalies=found.anomalies.share if found.anomalies else None,
        misplaced=window.shape.misplaced,
    )


def violations(window: Window, reading: Reading, quality: DataQuality, found: Unlike) -> Iterator[Violation]:
    rows, policy = window.shape.rows, reading.policy
    for rule, count in zip(policy.rules, window.broken[:-1].tolist(), strict=True):
        if _share(count, rows) > ALLOWED:
            yield Violation(rule.left, CONSISTENCY, f"{_share(count, rows):.1%} of the rows break the rule {rule}")
    if policy.freshness is not None and _share(window.late, rows) > ALLOWED:
        text = f"{_share(window.late, rows):.1%} of the rows are older than {policy.freshness.hours:g} hours"
        yield Violation(policy.freshness.feature, FRESHNESS, text)
    if quality.misplaced > MISPLACED:
        yield Violation(REQUEST, FRESHNESS, _misplaced(window))
    if quality.duplicates > _tellable(policy.duplicates, window.distinct.error):
        text = f"about {quality.duplicates:.1%} of the rows were sent before; {policy.duplicates:.1%} are allowed"
        yield Violation(REQUEST, DUPLICATES, text)
    yield from outlier_violations(reading.baseline, window.columns, found.outliers, policy.completeness_threshold)
    yield from anomaly_violation(found.anomalies)


def _tellable(allowed: float, error: float) -> float:
    """The share of repeated rows beyond which, by an estimate with this relative error, more than `allowed` are."""
    return allowed + CERTAIN * error * (1 - allowed)


def _misplaced(window: Window) -> str:
    shape = window.shape
    return (
        f"{shape.misplaced:.1%} of the requests in the files of the window's hours are of other hours and count "
        f"nowhere: {shape.late} of earlier ones, which came late, and {shape.ahead} of later ones, by a clock that is "
        f"ahead; {MISPLACED:.0%} are allowed"
    )


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
    if known.other:
        return 0  # it did not keep every category, so none can be said to be new
    return sum(column.categories.unseen(known.counts).values()) + column.categories.other


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
