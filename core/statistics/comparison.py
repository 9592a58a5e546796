"""How far a window lies from the baseline, feature by feature."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.contracts.reports import FeatureReport
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.column import CategoricalColumn, Column
from core.statistics.distances import Floats, aligned, kolmogorov_smirnov, l_infinity, robust
from core.statistics.histogram import Histogram


def compare(baseline: Baseline, columns: Mapping[str, Column], attributions: Floats) -> tuple[FeatureReport, ...]:
    """One report a feature, in the baseline's order.

    `attributions` is a matrix [sampled rows, features] in log-odds, in the same order; it may have no row.
    """
    shares = attribution_shares(attributions)
    return tuple(
        FeatureReport(
            name=feature.name,
            completeness=columns[feature.name].completeness,
            baseline_completeness=feature.completeness,
            drift=feature_distance(feature, columns[feature.name]),
            attribution_share=float(shares[at]),
            baseline_share=feature.share,
            attribution_drift=histogram_distance(feature.attributions, attributions[:, at]),
        )
        for at, feature in enumerate(baseline.features)
    )


def attribution_shares(attributions: Floats) -> Floats:
    """mean_i |phi_ij| / sum_j mean_i |phi_ij|, per feature j; all 0 where no row or no attribution is.

    >>> attribution_shares(np.array([[1.0, -2.0], [-1.0, 4.0]])).tolist()
    [0.25, 0.75]
    """
    means = np.abs(attributions).mean(axis=0) if len(attributions) else np.zeros(attributions.shape[1])
    return np.asarray(means / (means.sum() or 1.0), float)


def feature_distance(baseline: FeatureBaseline, column: Column) -> float:
    """Robust Kolmogorov-Smirnov distance of numbers, robust L-infinity distance of categories.

    Only rows in which the feature is present are compared: what is missing is a matter of completeness.
    """
    if isinstance(column, CategoricalColumn):
        assert not isinstance(baseline.distribution, Histogram)
        masses = aligned(baseline.distribution.masses(), column.categories.masses())
        return robust(l_infinity(*masses), baseline.present, column.categories.total)
    found = column.histogram
    assert isinstance(baseline.distribution, Histogram)
    distance = kolmogorov_smirnov(baseline.distribution.counts, found.counts)
    return robust(distance, baseline.present, found.total)


def histogram_distance(baseline: Histogram, values: Floats) -> float:
    """Robust Kolmogorov-Smirnov distance of `values` from a histogram, over its bins."""
    found = Histogram.of(baseline.edges, values)
    return robust(kolmogorov_smirnov(baseline.counts, found.counts), baseline.total, found.total)
