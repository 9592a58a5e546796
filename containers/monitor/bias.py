"""Bias of the window's labels and answers, group by group, against the training set's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from containers.monitor.labels import Labelled
from containers.monitor.window import Reading, Window
from core.contracts.reports import BIAS_DRIFT, BiasReport, Violation
from core.fairness.assessment import BiasDrift, GroupBias, assess, drifted
from core.fairness.tally import UNKNOWN, Tally
from core.statistics.groups import MISSING, OTHER

SEED = 0
Baselines = Mapping[tuple[str, str], Mapping[str, float]]
"""Values in the training set, by facet and group, then by metric (`core.fairness.analysis.baseline_values`)."""


@dataclass(frozen=True, slots=True)
class FacetBias:
    """All groups of one sensitive feature."""

    facet: str
    groups: tuple[GroupBias, ...]
    drifts: tuple[BiasDrift, ...]


def assess_bias(
    window: Window, labelled: Labelled, reading: Reading, baselines: Baselines, enough_rows: bool, enough_labels: bool
) -> tuple[FacetBias, ...]:
    """Every facet. Without enough rows nothing is told; without enough labels, what answers alone can tell."""
    if not enough_rows:
        return ()
    found = []
    for at, facet in enumerate(reading.facets):
        names = reading.groups(facet).names
        tally = window.tallies[at]
        if enough_labels:
            tally = with_labels(tally, labelled, reading, 1 + at)
        groups = tuple(
            group for group in assess(tally, names, SEED) if group.rows or group.group not in (OTHER, MISSING)
        )
        drifts = _drifts(groups, {group.group: baselines.get((facet, group.group), {}) for group in groups}, reading)
        found.append(FacetBias(facet, groups, drifts))
    return tuple(found)


def _drifts(
    groups: tuple[GroupBias, ...], baselines: Mapping[str, Mapping[str, float]], reading: Reading
) -> tuple[BiasDrift, ...]:
    """Of groups that are large enough to prove anything."""
    groups = tuple(group for group in groups if group.rows >= reading.policy.minimum_labels)
    measured = [(group, one.name) for group in groups for one in (*group.pre_training, *group.post_training)]
    compared = sum(name in baselines[group.group] for group, name in measured)
    tolerance = reading.policy.bias_tolerance
    return tuple(drift for group in groups for drift in drifted(group, baselines[group.group], tolerance, compared))


def with_labels(tally: Tally, labelled: Labelled, reading: Reading, column: int) -> Tally:
    """Rows whose label arrived are moved from the unknown ones to those of their label."""
    codes = labelled.answered[:, column].astype(np.int64)
    answers = reading.answers(labelled.answers)
    known = Tally.of(codes, reading.good(labelled.labels), answers, groups=tally.counts.shape[1])
    counts = tally.counts + known.counts
    counts[:, :, UNKNOWN] = np.maximum(counts[:, :, UNKNOWN] - known.counts.sum(axis=2), 0)
    return Tally(counts)


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
        )
        for facet in found
        for group in facet.groups
        for one in (*group.pre_training, *group.post_training)
        if one.value is not None
    )


ABOUT_ALL_ROWS = frozenset({"GE"})
"""Says how unevenly errors fall on all rows, whichever group they are of: a model that is right less often than on its
training set moves it, and treats nobody worse for that. It is published, and no violation of parity."""


def violations(found: tuple[FacetBias, ...]) -> tuple[Violation, ...]:
    return tuple(
        Violation(facet.facet, BIAS_DRIFT, f"{drift.metric} of {facet.facet}={drift.group}: {drift.description}")
        for facet in found
        for drift in facet.drifts
        if drift.metric not in ABOUT_ALL_ROWS
    )
