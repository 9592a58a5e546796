"""Counts of numbers in fixed bins. Histograms over the same edges add up, so a window can be counted in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.statistics.distances import Floats

BINS = 100
COMPILED = 8192
"""Numbers from which on the compiled count is worth its loading."""


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Bin 0 is (-inf, edges[0]], bin i is (edges[i-1], edges[i]], the last is (edges[-1], inf).

    `edges` has k rising numbers, `counts` k + 1 integers. NaN is in no bin: what is missing is counted apart.

    >>> half = Histogram.of([1.0, 2.0], [0, 1, 1.5])
    >>> (half + Histogram.of([1.0, 2.0], [5, float("nan")])).counts.tolist()
    [2, 1, 1]
    """

    edges: Floats
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, edges: ArrayLike, values: ArrayLike = ()) -> Histogram:
        borders, numbers = np.asarray(edges, float), np.asarray(values, float)
        if len(numbers) >= COMPILED and np.isfinite(borders).all():
            from core.statistics.binning import count

            return cls(borders, count(borders, numbers))
        bins = np.searchsorted(borders, numbers[~np.isnan(numbers)], side="left")
        return cls(borders, np.bincount(bins, minlength=len(borders) + 1).astype(np.int64))

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def __add__(self, other: Histogram) -> Histogram:
        if not np.array_equal(self.edges, other.edges):
            raise ValueError("histograms over different edges do not add up; `aligned_histograms` brings them together")
        return Histogram(self.edges, self.counts + other.counts)


def quantile_edges(values: ArrayLike, weights: ArrayLike | None = None, bins: int = BINS) -> Floats:
    """Edges of `bins` bins that hold about the same weight, and of one empty bin below and one above all values.

    Equal values share a bin, so a column with few distinct values gets few bins, each with its own value; a constant
    gets one. Values that are not finite are left out; no value at all gives no edge, hence one bin.

    >>> quantile_edges([1, 2, 3, 4], bins=2).tolist()[1:]
    [2.0, 4.0]
    >>> Histogram.of(quantile_edges([7, 7, 7]), [7, 6, 8]).counts.tolist()
    [1, 1, 1]
    """
    numbers = np.asarray(values, float)
    masses = np.ones(numbers.shape) if weights is None else np.asarray(weights, float)
    finite = np.isfinite(numbers)
    order = np.argsort(numbers[finite], kind="stable")
    ordered, cumulative = numbers[finite][order], np.cumsum(masses[finite][order])
    if not len(ordered):
        return np.empty(0)
    ranks = np.arange(1, bins + 1) * (cumulative[-1] / bins)
    at = np.minimum(np.searchsorted(cumulative, ranks * (1 - 1e-12), side="left"), len(ordered) - 1)
    return np.unique(np.concatenate(([np.nextafter(ordered[0], -np.inf)], ordered[at], ordered[-1:])))


def aligned_histograms(
    first: Sequence[tuple[float, float, float]], second: Sequence[tuple[float, float, float]]
) -> tuple[Floats, Floats]:
    """Masses of two lists of buckets (low, high, count) over the union of their borders.

    Inside a bucket the count is spread evenly; a bucket of no width is a point of its own.

    >>> [side.tolist() for side in aligned_histograms([(1, 3, 4)], [(2, 4, 2)])]
    [[2.0, 2.0, 0.0], [0.0, 1.0, 1.0]]

    Source: TensorFlow Data Validation, anomalies/metrics.cc.
    """
    borders = np.unique([border for low, high, _ in (*first, *second) for border in (low, high)])
    points = np.unique([low for low, high, _ in (*first, *second) if low == high])
    return _spread(first, borders, points), _spread(second, borders, points)


def _spread(buckets: Sequence[tuple[float, float, float]], borders: Floats, points: Floats) -> Floats:
    lows, highs = borders[:-1], borders[1:]
    masses = np.zeros(max(len(borders) - 1, 0))
    at_points = np.zeros(len(points))
    for low, high, count in buckets:
        if low == high:
            at_points[np.searchsorted(points, low)] += count
        else:
            masses += count * np.clip(np.minimum(highs, high) - np.maximum(lows, low), 0, None) / (high - low)
    return np.concatenate((masses, at_points))
