"""Numbers of a window that lie far out of the training set's."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from core.contracts import reports
from core.contracts.reports import Outliers, Violation
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.checks import stand_in
from core.statistics.column import Column, NumericColumn
from core.statistics.histogram import Histogram
from core.statistics.proportions import excess

ALLOWED = 0.01
"""By so much the share of a column's numbers that are far out may grow before it is told."""
STANDARD_ERRORS = 4
"""A growth within this many of them is chance; where training held none, five of a hundred numbers are."""


def outliers(baseline: Baseline, columns: Mapping[str, Column], without: Collection[str] = ()) -> tuple[Outliers, ...]:
    """Of the columns of which a number is far out or outside of the training set's range; `without` are left out: a
    time, which always leaves that range."""
    found = []
    for feature in baseline.features:
        column = columns[feature.name]
        if isinstance(column, NumericColumn) and column.present and feature.name not in without:
            found += list(_outliers(feature, column))
    return tuple(found)


def _outliers(feature: FeatureBaseline, column: NumericColumn) -> Iterator[Outliers]:
    """`outside` is exact: the outermost bins hold what is below the smallest number, and above the largest."""
    fences = feature.fences
    assert isinstance(feature.distribution, Histogram)
    counts = column.histogram.counts
    outside = int(counts[0] + counts[-1]) if len(counts) > 1 else 0
    if fences is not None and (outside or column.beyond.count):
        yield Outliers(
            feature.name,
            share=column.beyond.count / column.present,
            baseline=feature.far_out / feature.present if feature.present else 0.0,
            outside=outside / column.present,
            low=fences.low,
            high=fences.high,
        )


def outlier_violations(
    baseline: Baseline, columns: Mapping[str, Column], found: tuple[Outliers, ...], completeness_loss: float
) -> Iterator[Violation]:
    """More than in training, by more than ALLOWED and beyond chance.

    One number that stands in for missing ones is told as that (`core.statistics.checks`).
    """
    before = {feature.name: feature for feature in baseline.features}
    for one in found:
        feature, column = before[one.column], columns[one.column]
        assert isinstance(column, NumericColumn)
        grown = excess(column.beyond.count, column.present, feature.far_out, feature.present)
        if one.share - one.baseline <= ALLOWED or grown <= STANDARD_ERRORS:
            continue
        if stand_in(feature, column, completeness_loss) is None:
            yield Violation(one.column, reports.OUTLIERS, _told(one, feature, column))


def _told(one: Outliers, feature: FeatureBaseline, column: NumericColumn) -> str:
    """With the medians: a unit that changed is seen by their ratio."""
    items, weights = column.sketch.weighted()
    far = (items < one.low) | (items > one.high)
    where = f"below {one.low:g} or above {one.high:g}"
    told = f"{one.share:.1%} of the values are far out ({where}), against {one.baseline:.1%} of the baseline's"
    if not far.any():  # a sketch may have dropped the few
        return told
    assert isinstance(feature.distribution, Histogram)
    usual = _median(feature.distribution.edges, feature.distribution.counts[:-1])
    return f"{told}; their median is {_median(items[far], weights[far]):g}, the baseline's {usual:g}"


def _median(values: np.ndarray, weights: np.ndarray) -> float:
    """Of rising values."""
    cumulative = np.cumsum(weights)
    return float(values[np.searchsorted(cumulative, cumulative[-1] / 2)])
