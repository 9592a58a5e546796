"""How far what a model makes of a feature, or of a group of them, lies from training and from the windows before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np

from core.statistics.distances import Floats, jensen_shannon, kolmogorov_smirnov, robust
from core.statistics.histogram import Histogram

Lately = Mapping[str, Histogram]
"""Attributions of the windows before, together, by feature or group; over `coarse_edges` of the baseline's."""
NEVER: Lately = MappingProxyType({})

COARSE = 40
"""Bins in which the attributions of windows before are kept: a third of the bytes of a hundred bins."""


class Grounds(Protocol):
    """What the model made of a feature or group in the training set."""

    @property
    def attributions(self) -> Histogram: ...
    @property
    def share(self) -> float: ...
    @property
    def attribution_mean(self) -> float: ...
    @property
    def attribution_deviation(self) -> float: ...


@dataclass(frozen=True, slots=True, eq=False)
class Attributed:
    """What the model made of one feature or group in the sampled rows of a window."""

    values: Floats
    share: float
    """Of all features' mean absolute attribution."""
    mean: float


@dataclass(frozen=True, slots=True)
class Moved:
    """How far attributions moved."""

    drift: float
    """From training: Kolmogorov-Smirnov distance, corrected for sample size."""
    recent: float | None
    """The same from the windows before; None where either has no rows."""
    distances: Mapping[str, float]
    """`distances`."""


def attributed(attributions: Floats) -> list[Attributed]:
    """One entry a feature of [rows, features]."""
    shares = attribution_shares(attributions)
    means = attributions.mean(axis=0) if len(attributions) else np.zeros(attributions.shape[1])
    each = zip(shares.tolist(), means.tolist(), strict=True)
    return [Attributed(attributions[:, at], share, mean) for at, (share, mean) in enumerate(each)]


def attribution_shares(attributions: Floats) -> Floats:
    """mean_i |phi_ij| / sum_j mean_i |phi_ij|, per feature j; all 0 where no row or no attribution is.

    >>> attribution_shares(np.array([[1.0, -2.0], [-1.0, 4.0]])).tolist()
    [0.25, 0.75]
    """
    means = np.abs(attributions).mean(axis=0) if len(attributions) else np.zeros(attributions.shape[1])
    return np.asarray(means / (means.sum() or 1.0), float)


def moved(before: Grounds, now: Attributed, lately: Histogram | None = None) -> Moved:
    """`lately` is of the windows before, None without any."""
    return Moved(histogram_distance(before.attributions, now.values), recent_drift(lately, now), distances(before, now))


def distances(before: Grounds, now: Attributed) -> dict[str, float]:
    """Everything by which attributions of a window differ from training's, as it is: no chance is taken off.

    - `kolmogorov_smirnov` and `jensen_shannon`: of the distributions of phi, over the baseline's bins, 0 to 1;
    - `share_change`: s - s_baseline, of s = mean |phi| / sum over all features of mean |phi|; -1 to 1;
    - `mean_change`: (mean phi - mean phi_baseline) / standard deviation of phi in training. Left out where that
      deviation is 0: a feature that the model never used has no unit.

    Nothing where a side has no row. Mean absolute values alone miss what changes sign (XOR: 4.6 before and after), and
    distributions what stays in its bin.

    Sources: SageMaker guide, "Monitor feature attribution drift" (mean absolute values); Lin (1991) and Knuth, as in
    `core.statistics.distances`.
    """
    if not len(now.values) or not before.attributions.total:
        return {}
    p, q = before.attributions.counts, Histogram.of(before.attributions.edges, now.values).counts
    found = {
        "kolmogorov_smirnov": kolmogorov_smirnov(p, q),
        "jensen_shannon": jensen_shannon(p, q),
        "share_change": now.share - before.share,
    }
    if before.attribution_deviation > 0:
        found["mean_change"] = (now.mean - before.attribution_mean) / before.attribution_deviation
    return found


def recent_drift(lately: Histogram | None, now: Attributed) -> float | None:
    """Robust Kolmogorov-Smirnov distance from the windows before; None where either has no rows."""
    return histogram_distance(lately, now.values) if lately and lately.total and len(now.values) else None


def histogram_distance(before: Histogram, values: Floats) -> float:
    """Robust Kolmogorov-Smirnov distance of `values` from a histogram, over its bins."""
    found = Histogram.of(before.edges, values)
    return robust(kolmogorov_smirnov(before.counts, found.counts), before.total, found.total)


def coarse_edges(of: Histogram, bins: int = COARSE) -> Floats:
    """Those of its edges that part its mass into about `bins` equal parts, with the first and the last.

    A bin that holds more than such a part stays as it is. Over these edges a Kolmogorov-Smirnov distance from `of` is
    at most what it is over all of them, and at most 2 / `bins` less.

    >>> coarse_edges(Histogram.of([0.0, 1.0, 2.0, 3.0, 4.0], [0.5, 1.5, 2.5, 3.5]), bins=2).tolist()
    [0.0, 2.0, 4.0]
    """
    if not len(of.edges):
        return of.edges
    reached, part = np.cumsum(of.counts)[:-1], of.total / bins
    ends = np.minimum(np.searchsorted(reached, part * np.arange(1, bins) * (1 - 1e-12)), len(of.edges) - 1)
    before_heavy = ends[of.counts[ends] > part] - 1
    kept = np.unique(np.concatenate(([0], ends, np.maximum(before_heavy, 0), [len(of.edges) - 1])))
    return np.asarray(of.edges[kept], float)
