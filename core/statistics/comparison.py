"""How far a window lies from the training set, and from the windows before it, feature by feature."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from core.contracts.policy import WatchPolicy
from core.contracts.reports import FeatureReport
from core.statistics import chance
from core.statistics.attributed import NEVER, Attributed, Lately, attributed, moved
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.baseline import Distribution as Distribution
from core.statistics.categories import Categories
from core.statistics.category_masses import compared
from core.statistics.chi_square import homogeneity
from core.statistics.column import CategoricalColumn, Column
from core.statistics.distances import (
    Floats,
    jensen_shannon,
    jensen_shannon_part,
    kolmogorov_smirnov,
    l_infinity,
    population_stability,
    population_stability_part,
    robust,
)
from core.statistics.histogram import Histogram

_PARTS = {"jensen_shannon": jensen_shannon_part, "population_stability": population_stability_part}
"""Distances that are sums over the bins."""


def compare(
    baseline: Baseline,
    columns: Mapping[str, Column],
    attributions: Floats,
    policy: WatchPolicy,
    recent: Mapping[str, Distribution],
    lately: Lately = NEVER,
) -> tuple[FeatureReport, ...]:
    """One report a feature, in the baseline's order.

    `attributions` is a matrix [sampled rows, features] in log-odds, in the same order; it may have no row. `recent`
    holds the features' distributions in the windows before, `lately` those of their attributions; they are empty where
    there were none.
    """
    found = attributed(attributions)
    return tuple(
        feature_report(
            feature, columns[feature.name], found[at], policy, recent.get(feature.name), lately.get(feature.name)
        )
        for at, feature in enumerate(baseline.features)
    )


def feature_report(
    feature: FeatureBaseline,
    column: Column,
    found: Attributed,
    policy: WatchPolicy,
    before: Distribution | None,
    lately: Histogram | None = None,
) -> FeatureReport:
    """Of a feature that is one column; `before` is its distribution in the windows before, `lately` that of its
    attributions, None without any."""
    now, grounds = distribution_of(column), moved(feature, found, lately)
    return FeatureReport(
        name=feature.name,
        completeness=column.completeness,
        baseline_completeness=feature.completeness,
        drift=drift(feature.distribution, now, feature.deviation, policy),
        attribution_share=found.share,
        baseline_share=feature.share,
        attribution_drift=grounds.drift,
        threshold=policy.threshold(feature.name),
        recent_drift=drift(before, now, feature.deviation, policy) if before is not None and before.total else None,
        distances=distances(feature, now),
        attribution_mean=found.mean,
        baseline_attribution_mean=feature.attribution_mean,
        recent_attribution_drift=grounds.recent,
        attribution_distances=grounds.distances,
    )


def distribution_of(column: Column) -> Distribution:
    """Only rows in which the feature is present are compared: what is missing is a matter of completeness."""
    return column.categories if isinstance(column, CategoricalColumn) else column.histogram


def drift(before: Distribution, now: Distribution, deviation: float, policy: WatchPolicy) -> float:
    """The distance that the policy asks for; `deviation` is the unit of a Wasserstein distance.

    Where it is to be robust, what chance gives samples of these sizes is taken off: 0 is left where it explains all.
    """
    name = policy.categorical_distance if isinstance(now, Categories) else policy.numeric_distance
    found = _distance(name, before, now, deviation)
    return _beyond_chance(name, found, before, now, deviation) if policy.robust else found


def _beyond_chance(name: str, found: float, before: Distribution, now: Distribution, deviation: float) -> float:
    """An empty side proves nothing, whatever the distance."""
    if not before.total or not now.total:
        return 0.0
    p, q = _masses(before, now)
    if name in _PARTS:
        return max(0.0, found - chance.of_sum(_PARTS[name], p, q))
    if name == "wasserstein" and isinstance(before, Histogram) and not _constant(before, deviation):
        return max(0.0, found - chance.of_wasserstein(before.edges, p, q) / deviation)
    return robust(found, before.total, now.total)


def distances(feature: FeatureBaseline, now: Distribution) -> dict[str, float]:
    """All distances from the training set; of categories also the p-value of the chi-square test, where it is defined.

    Without rows there is none.
    """
    if not now.total or not feature.distribution.total:
        return {}
    numeric = isinstance(now, Histogram)
    names = ["jensen_shannon", "population_stability"]
    names += ["kolmogorov_smirnov", "wasserstein"] if numeric else ["l_infinity"]
    found = {name: _distance(name, feature.distribution, now, feature.deviation) for name in names}
    if isinstance(now, Categories) and isinstance(feature.distribution, Categories):
        found["chi_square_p"] = homogeneity(*compared(feature.distribution, now)).p_value
    return {name: value for name, value in found.items() if not math.isnan(value)}


def _distance(name: str, before: Distribution, now: Distribution, deviation: float) -> float:
    if name == "wasserstein" and isinstance(before, Histogram) and isinstance(now, Histogram):
        if not _constant(before, deviation):
            return binned_wasserstein(before, now) / deviation
        name = "kolmogorov_smirnov"
    return _OF_MASSES[name](*_masses(before, now))


def _masses(before: Distribution, now: Distribution) -> tuple[Floats, Floats]:
    """Counts of the same bins, or categories."""
    if isinstance(before, Histogram) and isinstance(now, Histogram):
        return before.counts.astype(float), now.counts.astype(float)
    if isinstance(before, Categories) and isinstance(now, Categories):
        return compared(before, now)
    raise TypeError("a feature is numeric or categorical, in the baseline as in the window")


def _constant(before: Histogram, deviation: float) -> bool:
    """Whether training held one value alone: it has no deviation to measure a way by, so that its Wasserstein distance
    is the Kolmogorov-Smirnov distance. Two edges are that value and the number before it (`quantile_edges`)."""
    return deviation <= 0 or len(before.edges) == 2


_OF_MASSES = {
    "kolmogorov_smirnov": kolmogorov_smirnov,
    "l_infinity": l_infinity,
    "jensen_shannon": jensen_shannon,
    "population_stability": population_stability,
}


def binned_wasserstein(before: Histogram, now: Histogram) -> float:
    """Integral of |F - G| between the first and the last edge, by the shares at the edges (trapezoids between them).

    A lower bound of the distance: how far beyond its last edges mass lies, a histogram does not say. 0 where a side
    is empty or there are fewer than two edges.

    >>> half = Histogram.of([0.0, 1.0, 2.0], [0.5]), Histogram.of([0.0, 1.0, 2.0], [1.5])
    >>> binned_wasserstein(*half)
    1.0
    """
    if not before.total or not now.total or len(before.edges) < 2:
        return 0.0
    gap = np.abs(np.cumsum(before.counts)[:-1] / before.total - np.cumsum(now.counts)[:-1] / now.total)
    return float(np.sum((gap[1:] + gap[:-1]) / 2 * np.diff(before.edges)))
