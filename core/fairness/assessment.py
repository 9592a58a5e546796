"""All bias metrics of one facet column, group by group, with how sure they are; and what moved since a baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from core.fairness.metric import BiasMetric, Undefined
from core.fairness.post_training import ANSWERS_ALONE, PARITY, POST_TRAINING
from core.fairness.pre_training import PRE_TRAINING
from core.fairness.tally import Facet, Tally

RESAMPLES = 200
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric of one group."""

    name: str
    description: str
    value: float | None
    """May be infinite; None where these rows do not define it, and `error` says why."""
    low: float | None = None
    """Bootstrap interval of 95 %; None where it was not asked for or not defined."""
    high: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class GroupBias:
    """One group of a facet column against all its other groups."""

    group: str
    rows: int
    pre_training: tuple[Measured, ...]
    post_training: tuple[Measured, ...]


def assess(tally: Tally, groups: Sequence[str], seed: int | None = None) -> tuple[GroupBias, ...]:
    """Every group's metrics. `groups` names the tally's groups; with a `seed`, intervals are drawn.

    A metric of labels counts labelled rows only, one of labels and answers those with both, one of answers all that
    were answered.
    """
    if len(groups) != tally.counts.shape[1]:
        raise ValueError(f"the tally has {tally.counts.shape[1]} groups, {len(groups)} are named")
    return tuple(_group(tally.facet([at]), name, seed) for at, name in enumerate(groups))


def _group(facet: Facet, name: str, seed: int | None) -> GroupBias:
    labelled, judged, answered = (_Rows.of(part, seed) for part in (facet.labelled, facet.judged, facet.answered))
    pre = [(metric, labelled) for metric in PRE_TRAINING.values()]
    post = [(metric, answered if metric.name in ANSWERS_ALONE else judged) for metric in POST_TRAINING.values()]
    return GroupBias(
        group=name,
        rows=int(facet.d.sum()),
        pre_training=tuple(_measured(metric, rows) for metric, rows in pre),
        post_training=tuple(_measured(metric, rows) for metric, rows in post),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """What metrics are computed from, and again from each bootstrap sample: the same samples for all metrics."""

    facet: Facet
    samples: tuple[Facet, ...]

    @classmethod
    def of(cls, facet: Facet, seed: int | None) -> _Rows:
        if seed is None or not (facet.a.sum() + facet.d.sum()):
            return cls(facet, ())
        random = np.random.default_rng(seed)
        return cls(facet, tuple(facet.resampled(random) for _ in range(RESAMPLES)))


def _measured(metric: BiasMetric, rows: _Rows) -> Measured:
    try:
        value = metric.of(rows.facet)
    except Undefined as reason:
        return Measured(metric.name, metric.description, None, error=str(reason))
    low, high = interval(metric.of, rows.samples)
    return Measured(metric.name, metric.description, value, low, high)


def interval(of: Callable[[Facet], float], samples: Sequence[Facet]) -> tuple[float | None, float | None]:
    """Percentile bootstrap over the rows: 2.5 % and 97.5 % of the metric's values on samples that define it.

    None without samples, or where half of them do not define it.

    Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    values = list(_defined(of, samples))
    if not samples or len(values) < len(samples) / 2:
        return None, None
    tail = (1 - SURE) / 2
    ordered = np.sort(values)  # an infinite value has its place, which an interpolating quantile would lose
    return float(ordered[math.floor(tail * len(ordered))]), float(ordered[math.ceil((1 - tail) * len(ordered)) - 1])


def _defined(of: Callable[[Facet], float], samples: Iterable[Facet]) -> Iterator[float]:
    for sample in samples:
        try:
            yield of(sample)
        except Undefined:
            continue


@dataclass(frozen=True, slots=True)
class BiasDrift:
    """A metric that lies farther from parity than in the baseline."""

    group: str
    metric: str
    value: float
    baseline: float
    description: str


def drifted(
    now: GroupBias, baseline: Mapping[str, float], tolerance: float = 0.0, compared: int = 1
) -> tuple[BiasDrift, ...]:
    """What is farther from parity than `baseline`, by more than `tolerance`, and beyond doubt.

    Beyond doubt: no value of the interval, where there is one, is as close to parity as the baseline. Of many metrics
    some are unlikely by chance, so the interval is the wider the more are `compared` in all (Bonferroni). As in the
    managed bias monitor, a move towards parity or past it to the same distance on the other side is no violation.
    """
    wider = widening(compared)
    found = []
    for measured in (*now.pre_training, *now.post_training):
        before = baseline.get(measured.name)
        if before is None or measured.value is None:
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
    if not math.isfinite(measured.value):
        low, high = measured.low, measured.high
    else:
        low = measured.value - wider * (measured.value - measured.low)
        high = measured.value + wider * (measured.high - measured.value)
    return 0.0 if low <= parity <= high else min(abs(low - parity), abs(high - parity))
