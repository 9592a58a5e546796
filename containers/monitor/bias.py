"""Bias of the window's labels and answers, group by group, against the training set's and the windows' before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from containers.monitor.labels import Labelled
from containers.monitor.window import Reading, Window
from core.contracts.policy import WatchPolicy
from core.contracts.reports import BIAS_DRIFT, BiasReport, Violation
from core.fairness.assessment import BiasDrift, GroupBias, Measured, assess, drifted
from core.fairness.groupings import Grouping
from core.fairness.post_training import STRATIFIED
from core.fairness.tally import UNKNOWN, Tally
from core.statistics.groups import MISSING, OTHER

SEED = 0
Values = Mapping[str, Mapping[str, float]]
"""Of one facet, by group, then by metric."""
Baselines = Mapping[tuple[str, str], Mapping[str, float]]
"""Values in the training set, by facet and group, then by metric (`core.fairness.analysis.baseline_values`)."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a window's bias is told with and against."""

    baselines: Baselines
    flips: Mapping[tuple[str, str], Measured]
    """The flip test, by facet and group."""
    before: Mapping[str, Tally]
    """Rows of the windows before, by facet; of one stratum."""


@dataclass(frozen=True, slots=True)
class FacetBias:
    """All groups of one sensitive feature, or of an intersection of several."""

    facet: str
    groups: tuple[GroupBias, ...]
    drifts: tuple[BiasDrift, ...]
    recent: Values = field(default_factory=dict)
    """In the windows before."""
    names: tuple[str, ...] = ()
    """Of all groups, those without rows too, and `tally` their rows, `before` those of the windows before."""
    tally: Tally | None = None
    before: Tally | None = None


def assess_bias(
    window: Window, labelled: Labelled, reading: Reading, compared: Compared, enough_rows: bool, enough_labels: bool
) -> tuple[FacetBias, ...]:
    """Every facet. Without enough rows nothing is told; without enough labels, what answers alone can tell."""
    if not enough_rows:
        return ()
    found = tuple(
        _of_facet(
            grouping, with_labels(tally, grouping, labelled, reading) if enough_labels else tally, reading, compared
        )
        for grouping, tally in zip(reading.groupings, window.tallies, strict=True)
    )
    return judged(found, compared.baselines, reading.policy)


def _of_facet(grouping: Grouping, tally: Tally, reading: Reading, compared: Compared) -> FacetBias:
    """Without what drifted."""
    names, least = grouping.groups, reading.policy.minimum_labels
    groups = tuple(
        _with_flips(group, compared.flips.get((grouping.name, group.group)))
        for group in assess(tally, names, SEED)
        if told(group, grouping, least)
    )
    before = compared.before.get(grouping.name)
    before = before if before is not None and before.counts.shape[1] == len(names) else None
    recent = _values(before, grouping, reading) if before is not None else {}
    return FacetBias(grouping.name, groups, (), recent, names, tally, before)


def told(group: GroupBias, grouping: Grouping, least: int) -> bool:
    """Of an intersection, groups that are large enough to prove anything: there are many, and most are thin."""
    if grouping.crossed:
        return group.rows >= least
    return bool(group.rows) or group.group not in (OTHER, MISSING)


def _with_flips(group: GroupBias, flips: Measured | None) -> GroupBias:
    return group if flips is None else group.with_(flips)


def _values(tally: Tally, grouping: Grouping, reading: Reading) -> Values:
    """What rests on enough rows. Counts of earlier windows have one stratum: where disparity is conditional, they do
    not tell it."""
    left_out, least = STRATIFIED if reading.condition else frozenset(), reading.policy.minimum_labels
    return {
        group.group: {
            one.name: one.value
            for one in group.measured
            if one.value is not None and one.proves(least) and one.name not in left_out
        }
        for group in assess(tally, grouping.groups)
    }


def judged(found: tuple[FacetBias, ...], baselines: Baselines, policy: WatchPolicy) -> tuple[FacetBias, ...]:
    """With what drifted: the more metrics all facets have together, the surer each must be."""
    looked_at = sum(
        one.name in baselines.get((facet.facet, group.group), {}) and one.proves(policy.minimum_labels)
        for facet in found
        for group in facet.groups
        for one in group.measured
    )
    asked = policy.bias_tolerance, looked_at, policy.minimum_labels
    return tuple(replace(facet, drifts=_drifts(facet, baselines, asked)) for facet in found)


def _drifts(facet: FacetBias, baselines: Baselines, asked: tuple[float, int, int]) -> tuple[BiasDrift, ...]:
    """Each says whether the windows before had it too."""
    found = []
    for group in facet.groups:
        lately = facet.recent.get(group.group, {})
        new = {drift.metric for drift in drifted(group, lately, *asked)}
        for drift in drifted(group, baselines.get((facet.facet, group.group), {}), *asked):
            found.append(replace(drift, description=f"{drift.description}{_since(drift.metric, lately, new)}"))
    return tuple(found)


def _since(metric: str, lately: Mapping[str, float], new: set[str]) -> str:
    if metric not in lately:
        return ""
    had = f"the windows before had {lately[metric]:.6g}"
    return f"; new: {had}" if metric in new else f"; not new: {had}"


def with_labels(tally: Tally, grouping: Grouping, labelled: Labelled, reading: Reading) -> Tally:
    """Rows whose label arrived are moved from the unknown ones to those of their label."""
    codes = reading.named_codes(labelled.answered)
    answers = reading.answers(labelled.answers)
    known = reading.tally(grouping, codes, reading.good(labelled.labels), answers)
    counts = tally.counts + known.counts
    counts[:, :, UNKNOWN] = np.maximum(counts[:, :, UNKNOWN] - known.counts.sum(axis=2), 0)
    return Tally(counts)


def tallies(found: tuple[FacetBias, ...]) -> dict[str, Tally]:
    """For the windows that come: by facet, in one stratum."""
    return {
        facet.facet: Tally(facet.tally.counts.sum(axis=0, keepdims=True)) for facet in found if facet.tally is not None
    }


def bias_reports(found: tuple[FacetBias, ...], baselines: Baselines) -> tuple[BiasReport, ...]:
    """What has a value."""
    return tuple(
        BiasReport(
            facet=facet.facet,
            group=group.group,
            metric=one.name,
            value=one.value,
            low=one.low,
            high=one.high,
            baseline=baselines.get((facet.facet, group.group), {}).get(one.name),
            recent=facet.recent.get(group.group, {}).get(one.name),
        )
        for facet in found
        for group in facet.groups
        for one in group.measured
        if one.value is not None
    )


ABOUT_ALL_ROWS = frozenset({"GE"})
"""Says how unevenly errors fall on all rows, whichever group they are of: a model that is right less often than on its
training set moves it, and treats nobody worse for that. It is published, and no violation of parity."""


def violations(found: tuple[FacetBias, ...]) -> tuple[Violation, ...]:
    return tuple(
        Violation(
            facet.facet,
            BIAS_DRIFT,
            f"{drift.metric} of {facet.facet}={drift.group}: {drift.description}",
            drift.metric,
            drift.group,
        )
        for facet in found
        for drift in facet.drifts
        if drift.metric not in ABOUT_ALL_ROWS
    )


def seen_by_labels(found: tuple[FacetBias, ...], by_answers: frozenset[str]) -> int:
    """Violations that answers alone do not tell."""
    return sum(drift.metric not in ABOUT_ALL_ROWS | by_answers for facet in found for drift in facet.drifts)
