"""The six checks of the managed monitor: which constraints of the baseline a window breaks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.contracts import reports
from core.contracts.reports import FeatureReport, Violation
from core.statistics.baseline import Baseline, FeatureBaseline, WholeBaseline
from core.statistics.categories import Categories
from core.statistics.column import CategoricalColumn, Column, NumericColumn
from core.statistics.distances import robust
from core.statistics.managed import FRACTIONAL, INTEGRAL

REQUEST = "(request)"
"""In place of a feature's name, where the request as a whole is at fault."""
NEGATIVE = 0.01
"""Share of the values that may be negative where the constraint says that none is."""
STANDARD_ERRORS = 3
"""A loss of completeness within this many of them is chance."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How many rows could be taken apart into the model's features."""

    rows: int = 0
    short: int = 0
    """Rows with fewer cells than the model takes features, and `long` with more; neither is among `rows`."""
    long: int = 0
    unreadable: int = 0
    """Captured lines of which nothing is known."""
    unanswered: int = 0
    """Rows, of those in `rows`, whose answer could not be read, or is not there."""
    partial: bool = False
    """Whether the window held more requests than are read."""
    requests: int = 0
    """Whose time is of the window."""
    late: int = 0
    """Lines whose time lies before the hours that are read for the window, and `ahead` after them: whoever wrote them
    into the files of these hours was late, or its clock is. They are in no other number, but for those whose time is
    off by more than minutes, which are `unreadable` as well."""
    ahead: int = 0
    repeated: int = 0
    """Requests of the window that are left out, for another one before them has their id. What is delivered twice is
    the same; where ids are given twice, what was asked is lost."""

    def __add__(self, other: Shape) -> Shape:
        return Shape(
            self.rows + other.rows,
            self.short + other.short,
            self.long + other.long,
            self.unreadable + other.unreadable,
            self.unanswered + other.unanswered,
            self.partial or other.partial,
            self.requests + other.requests,
            self.late + other.late,
            self.ahead + other.ahead,
            self.repeated + other.repeated,
        )

    @property
    def seen(self) -> int:
        return self.rows + self.short + self.long + self.unreadable

    @property
    def misplaced(self) -> float:
        """Share of the requests in the files of the window's hours that are of other hours; 0 without any."""
        other = self.late + self.ahead
        return other / (self.requests + other) if other else 0.0


def request_violations(constraints: Mapping[str, Any], shape: Shape) -> tuple[Violation, ...]:
    """What is wrong with requests as a whole."""
    config = constraints["monitoring_config"]
    return tuple(_request(shape, config)) if _enabled(config) else ()


def feature_violations(
    constraints: Mapping[str, Any],
    baseline: Baseline,
    columns: Mapping[str, Column],
    features: tuple[FeatureReport, ...],
    completeness_loss: float,
) -> tuple[Violation, ...]:
    """Broken constraints of `constraints.json`, feature by feature.

    `completeness_loss` is how much of a feature's completeness may be lost. Thresholds of `monitoring_config` may be
    overridden for one feature, in its `monitoringConfigOverrides`.
    """
    config = constraints["monitoring_config"]
    constraint = {entry["name"]: entry for entry in constraints["features"]}
    found: list[Violation] = []
    before = {feature.name: feature for feature in baseline.features}
    for unit, report in zip(baseline.units, features, strict=True):
        vector = isinstance(unit, WholeBaseline) and unit.kind == "embedding"
        names = unit.columns if isinstance(unit, WholeBaseline) else (unit.name,)
        own_of_all: list[Violation] = []
        for name in names:
            own = constraint.get(unit.name if vector else name, {})
            effective = _effective(config, own.get("monitoringConfigOverrides", {}))
            column = columns[name]
            if column.presence.rows and _enabled(effective):
                own_of_all += _data_type(name, column, own, effective)
                if vector or name == names[0]:  # a text is there or not, with all that is made of it
                    own_of_all += _completeness(before[name], baseline.rows, column, own, completeness_loss)
                own_of_all += _non_negative(before[name], column, own, completeness_loss)
                own_of_all += _categories(before[name], column, own, effective)
                if not vector or name == names[-1]:
                    moved = report.parts.get(name, report.drift)
                    own_of_all += _drift(unit.name if vector else name, moved, effective)
        found += _of_vector(unit.name, len(names), own_of_all) if vector else own_of_all
    return tuple(found)


def _effective(config: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What is not overridden, of the comparison of distributions as well, is as for all features.

    >>> both = {"perform_comparison": "Enabled", "comparison_threshold": 0.1}
    >>> _effective({"distribution_constraints": both}, {"distribution_constraints": {"comparison_threshold": 0.3}})
    {'distribution_constraints': {'perform_comparison': 'Enabled', 'comparison_threshold': 0.3}}
    """
    comparison = {**config["distribution_constraints"], **own.get("distribution_constraints", {})}
    return {**config, **own, "distribution_constraints": comparison}


def _of_vector(name: str, size: int, found: list[Violation]) -> list[Violation]:
    """One violation of each check, in place of one for each number of the vector."""
    checks = dict.fromkeys(violation.check for violation in found)
    return [_folded(name, size, [violation for violation in found if violation.check == check]) for check in checks]


def _folded(name: str, size: int, same: list[Violation]) -> Violation:
    first = same[0]
    if first.feature == name:
        return first
    numbers = len({violation.feature for violation in same})
    return Violation(name, first.check, f"{numbers} of {size} numbers; of {first.feature} {first.description}")


def _enabled(config: Mapping[str, Any]) -> bool:
    return bool(config["evaluate_constraints"] == "Enabled")


def _request(shape: Shape, config: Mapping[str, Any]) -> Iterator[Violation]:
    most = config["datatype_check_threshold"] * shape.seen
    if shape.short > most:
        text = f"{shape.short} of {shape.seen} rows have fewer columns than the baseline"
        yield Violation(REQUEST, reports.MISSING_COLUMN, text)
    if shape.long > most:
        text = f"{shape.long} of {shape.seen} rows have more columns than the baseline"
        yield Violation(REQUEST, reports.EXTRA_COLUMN, text)
    if shape.unreadable > most:
        text = f"{shape.unreadable} captured lines could not be read, beside {shape.rows} rows that could"
        yield Violation(REQUEST, reports.DATA_TYPE, text)
    if shape.unanswered > most:
        text = f"the answers to {shape.unanswered} of {shape.rows} rows could not be read, or are not there"
        yield Violation(REQUEST, reports.DATA_TYPE, text)


def _data_type(
    name: str, column: Column, constraint: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[Violation]:
    """Values of another type than the baseline's. An integer is a fraction too, and any value is a text."""
    expected, presence = constraint.get("inferred_type"), column.presence
    others = {INTEGRAL: presence.texts + presence.fractional, FRACTIONAL: presence.texts}.get(expected or "", 0)
    present = presence.numbers + presence.texts
    if present and others / present > config["datatype_check_threshold"]:
        yield Violation(
            name,
            reports.DATA_TYPE,
            f"{others / present:.1%} of the values are not {expected}, as all of the baseline's are",
        )


def _completeness(
    feature: FeatureBaseline, trained: int, column: Column, constraint: Mapping[str, Any], allowed: float
) -> Iterator[Violation]:
    """Values that are missing (a two-proportion test), and one value that stands in for missing ones."""
    before = constraint.get("completeness", feature.completeness)
    rows, now = column.presence.rows, column.completeness
    pooled = (before * trained + now * rows) / (trained + rows)
    error = math.sqrt(pooled * (1 - pooled) * (1 / trained + 1 / rows)) if trained else 0.0
    if before - now > max(allowed, STANDARD_ERRORS * error):
        text = f"only {now:.1%} of the rows hold a value, against {before:.1%} of the baseline's"
        yield Violation(feature.name, reports.COMPLETENESS, text)
    if isinstance(column, NumericColumn) and (spike := stand_in(feature, column, allowed)) is not None:
        value, share = spike
        text = f"{share:.1%} of the values are {value:g}, as no value of the baseline was so often: it stands in"
        yield Violation(feature.name, reports.COMPLETENESS, text)


def stand_in(feature: FeatureBaseline, column: NumericColumn, allowed: float) -> tuple[float, float] | None:
    """A value that seems to be filled in for missing ones, and its share.

    It is the most frequent value; its share exceeds, by more than `allowed` and by more than chance, what it can have
    been in the baseline: nothing for a value outside the baseline's range, else the share of the baseline's most
    frequent value. In a column of few different values the most frequent one says nothing, so there only a value
    outside the range is told.
    """
    top = column.frequent.most_common()
    if top is None or feature.minimum is None or feature.maximum is None:
        return None
    value, count = top
    inside = feature.minimum <= value <= feature.maximum
    if inside and feature.most_common > allowed:
        return None
    share = count / column.frequent.total
    excess = share - (feature.most_common if inside else 0.0)
    return (value, share) if robust(excess, feature.present, column.frequent.total) > allowed else None


def _non_negative(
    feature: FeatureBaseline, column: Column, constraint: Mapping[str, Any], allowed: float
) -> Iterator[Violation]:
    """More negative values than a training set of its size can have missed: of n values none is negative, with 95 %
    confidence, where at most 3 / n are (rule of three; Hanley & Lippman-Hand, JAMA 249, 1983). A negative value that
    stands in for missing ones is told as that.
    """
    promised = constraint.get("num_constraints", {}).get("is_non_negative", False)
    if not promised or not isinstance(column, NumericColumn) or not column.presence.negative:
        return
    spike = stand_in(feature, column, allowed)
    stands_in = spike[1] if spike is not None and spike[0] < 0 else 0.0
    share = column.presence.negative / column.present - stands_in
    if share > NEGATIVE + 3 / max(feature.present, 1):
        text = f"{share:.1%} of the values are negative, down to {column.moments.minimum:g}; none of the baseline's is"
        yield Violation(feature.name, reports.NON_NEGATIVE, text)


def _categories(
    feature: FeatureBaseline, column: Column, constraint: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[Violation]:
    domains = constraint.get("string_constraints", {}).get("domains")
    if not isinstance(column, CategoricalColumn) or domains is None or not column.present:
        return
    unseen, before = column.categories.unseen(domains), feature.distribution
    complete = isinstance(before, Categories) and not before.other  # else `other` may hold what training had
    share = (sum(unseen.values()) + complete * column.categories.other) / column.present
    if share > config["domain_content_threshold"]:
        named = ", ".join(repr(value) for value in list(unseen)[:5])
        yield Violation(
            feature.name,
            reports.CATEGORICAL_VALUES,
            f"{share:.1%} of the values are none of the baseline's categories; for example {named}",
        )


def _drift(name: str, drift: float, config: Mapping[str, Any]) -> Iterator[Violation]:
    comparison = config["distribution_constraints"]
    if comparison["perform_comparison"] == "Enabled" and drift >= comparison["comparison_threshold"]:
        text = f"baseline drift distance {drift:.3f} reaches the threshold {comparison['comparison_threshold']:g}"
        yield Violation(name, reports.BASELINE_DRIFT, text)
