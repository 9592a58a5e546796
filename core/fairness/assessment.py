"""All bias metrics of one facet column, group by group, with how sure they are; and what moved since a baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from core.fairness.metric import BiasMetric, Floats
from core.fairness.post_training import ANSWERS_ALONE, PARITY, POST_TRAINING
from core.fairness.pre_training import PRE_TRAINING
from core.fairness.tally import Facet, Tally

RESAMPLES = 500
SURE = 0.95
LEAST = 10
"""Rows that a metric must divide by to be judged: below, one row more or less is a tenth of it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric of one group."""

    name: str
    description: str
    value: float | None
    """May be infinite; None where these rows do not define it, and `error` says why."""
    low: float | None = None
    """Interval of 95 %; None where it was not asked for or not defined."""
    high: float | None = None
    error: str = ""
    rows: float = 0
    """That are compared, of the side with fewer: labelled ones of a metric of labels."""
    divides: float = 0
    """The fewest rows that it divides by."""

    def proves(self, least: float) -> bool:
        """Whether it rests on `least` rows, and on no quotient of fewer than LEAST."""
        return self.value is not None and self.rows >= least and self.divides >= LEAST


@dataclass(frozen=True, slots=True)
class GroupBias:
    """One group of a facet column against all its other groups."""

    group: str
    rows: int
    pre_training: tuple[Measured, ...]
    post_training: tuple[Measured, ...]

    @property
    def measured(self) -> tuple[Measured, ...]:
        return (*self.pre_training, *self.post_training)

    def with_(self, measured: Measured) -> GroupBias:
        """One more metric of answers, in its place by name; it may be of a sample of the group's rows."""
        of_all = replace(measured, rows=self.rows)
        told = sorted((*self.post_training, of_all), key=lambda one: one.name)
        return replace(self, post_training=tuple(told))


def assess(tally: Tally, groups: Sequence[str], seed: int | None = None) -> tuple[GroupBias, ...]:
    """Every group's metrics. `groups` names the tally's groups; with a `seed`, intervals are drawn.

    A metric of labels counts labelled rows only, one of labels and answers those with both, one of answers all that
    were answered.
    """
    if len(groups) != tally.counts.shape[1]:
        raise ValueError(f"the tally has {tally.counts.shape[1]} groups, {len(groups)} are named")
    if not groups:
        return ()
    facets = [tally.facet([at]) for at in range(len(groups))]
    labelled, judged, answered = (
        _Rows.of([getattr(facet, part) for facet in facets], seed) for part in ("labelled", "judged", "answered")
    )
    pre = [_measured(metric, labelled) for metric in PRE_TRAINING.values()]
    post = [
        _measured(metric, answered if metric.name in ANSWERS_ALONE else judged) for metric in POST_TRAINING.values()
    ]
    return tuple(
        GroupBias(
            group=name,
            rows=int(facet.d.sum()),
            pre_training=tuple(of_group[at] for of_group in pre),
            post_training=tuple(of_group[at] for of_group in post),
        )
        for at, (name, facet) in enumerate(zip(groups, facets, strict=True))
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """What metrics are computed from, and again from each table that they may come from: the same for all metrics."""

    facets: Facet
    """[groups, ...]"""
    samples: Facet | None
    """[groups, samples, ...]"""

    @classmethod
    def of(cls, facets: Sequence[Facet], seed: int | None) -> _Rows:
        together = Facet.together(facets)
        if seed is None or not (together.a.sum() + together.d.sum()):
            return cls(together, None)
        drawn = [facet.drawn(np.random.default_rng(seed), RESAMPLES) for facet in facets]
        return cls(together, Facet.together(drawn))


def _measured(metric: BiasMetric, rows: _Rows) -> list[Measured]:
    """One a group."""
    values = metric.values(rows.facets)
    lows, highs = intervals(metric.values(rows.samples)) if rows.samples else (np.full(len(values), np.nan),) * 2
    compared, divides = metric.compares(rows.facets).tolist(), metric.divides(rows.facets).tolist()
    found = []
    for at, (value, low, high) in enumerate(zip(values.tolist(), lows.tolist(), highs.tolist(), strict=True)):
        if math.isnan(value):
            reason = metric.missing(Facet(rows.facets.a[at], rows.facets.d[at]))
            found.append(Measured(metric.name, metric.description, None, error=reason))
        else:
            one = Measured(metric.name, metric.description, value, rows=compared[at], divides=divides[at])
            known = not math.isnan(low)  # what was seen is possible: Brown, Cai & DasGupta (2001) do so at 0 and 1
            found.append(replace(one, low=min(low, value), high=max(high, value)) if known else one)
    return found


def intervals(values: Floats) -> tuple[Floats, Floats]:
    """2.5 % and 97.5 % of a metric's values [..., samples] where it is defined; NaN where half do not define it."""
    ordered = np.sort(values, axis=-1)  # an infinite value has its place, which an interpolating quantile would lose
    known = np.count_nonzero(~np.isnan(ordered), axis=-1)  # NaN comes last
    tail = (1 - SURE) / 2
    low = np.floor(tail * known).astype(np.int64)
    high = np.maximum(np.ceil((1 - tail) * known).astype(np.int64) - 1, 0)
    enough = known >= values.shape[-1] / 2
    found = [np.take_along_axis(ordered, at[..., None], axis=-1)[..., 0] for at in (low, high)]
    return np.where(enough, found[0], np.nan), np.where(enough, found[1], np.nan)


@dataclass(frozen=True, slots=True)
class BiasDrift:
    """A metric that lies farther from parity than in the baseline."""

    group: str
    metric: str
    value: float
    baseline: float
    description: str


def drifted(
    now: GroupBias, baseline: Mapping[str, float], tolerance: float = 0.0, compared: int = 1, least: float = LEAST
) -> tuple[BiasDrift, ...]:
    """What is farther from parity than `baseline`, by more than `tolerance`, and beyond doubt; of metrics that rest on
    `least` rows.

    Beyond doubt: no value of the interval, where there is one, is as close to parity as the baseline. Of many metrics
    some are unlikely by chance, so the interval is the wider the more are `compared` in all (Bonferroni). As in the
    managed bias monitor, a move towards parity or past it to the same distance on the other side is no violation.
    """
    wider = widening(compared)
    found = []
    for measured in now.measured:
        before = baseline.get(measured.name)
        if before is None or measured.value is None or not measured.proves(least):
            continue
        parity = PARITY.get(measured.name, 0.0)
        allowed = abs(before - parity) + tolerance
        if _nearest(measured, parity, wider) > allowed:
            text = f"Value {measured.value:.6g} is farther from {parity:g} than the baseline's {before:.6g}"
            found.append(BiasDrift(now.group, measured.name, measured.value, before, text))
    return tuple(found)


def widening(compared: int) -> float:
    """How much wider an interval is that holds, with the same probability, for all of so many metrics at once.

    >>> widening(1), round(widening(20), 2)
    (1.0, 1.54)
    """
    normal = NormalDist()
    return normal.inv_cdf(1 - (1 - SURE) / (2 * max(compared, 1))) / normal.inv_cdf(1 - (1 - SURE) / 2)


def _nearest(measured: Measured, parity: float, wider: float) -> float:
    """Distance from parity of the closest value that the metric may have."""
    assert measured.value is not None
    if measured.low is None or measured.high is None:
        return abs(measured.value - parity)
    low = measured.value - wider * (measured.value - measured.low)
    high = measured.value + wider * (measured.high - measured.value)
    return 0.0 if low <= parity <= high else min(abs(low - parity), abs(high - parity))
