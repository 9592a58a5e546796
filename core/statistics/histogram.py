"""Counts of numbers in fixed bins. Histograms over the same edges add up, so a window can be counted in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.statistics.distances import Floats

BINS = 100
REPEATED = 5
"""Rows from which on a number that comes again and again is no chance."""
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


def quantile_edges(
    values: ArrayLike, weights: ArrayLike | None = None, bins: int = BINS, *, computed: bool = False
) -> Floats:
    """Edges of `bins` bins that hold about the same weight, and of one empty bin below and one above all values.

    Equal values share a bin. One that comes again and again has a bin of its own, and so has the gap below it: else
    numbers could move from it into the gap, and no distance would tell. In a column of at most `bins` / 2 distinct
    values, each REPEATED times on average, those are all of them, so the bins are its values and the gaps between them;
    in any other one those with REPEATED rows and the weight of a whole bin. Not of numbers that are `computed`, as
    answers and attributions are: their last digits differ from machine to machine, and would lie in the gaps. Values
    that are not finite are left out; no value at all gives no edge, hence one bin.

    >>> quantile_edges([1, 2, 3, 4], bins=2).tolist()[1:]
    [2.0, 4.0]
    >>> Histogram.of(quantile_edges([7, 7, 7]), [7, 6, 8]).counts.tolist()
    [1, 1, 1]
    >>> Histogram.of(quantile_edges([0, 9] * 5), [-1, 0, 0, 8.9, 9, 9, 9.1]).counts.tolist()
    [1, 2, 1, 2, 1]
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
    points = np.empty(0) if computed else _points(ordered, cumulative, ordered[at], bins)
    lowest = [] if len(points) and points[0] == ordered[0] else [np.nextafter(ordered[0], -np.inf)]
    return np.unique(np.concatenate((lowest, ordered[at], ordered[-1:], points, _below(points, ordered))))


def _points(ordered: Floats, cumulative: Floats, quantiles: Floats, bins: int) -> Floats:
    """The values, rising, that have a bin of their own."""
    distinct: list[int] = []  # where each begins
    at = 0
    while at < len(ordered) and 2 * len(distinct) <= bins:
        distinct.append(at)
        at = int(np.searchsorted(ordered, ordered[at], side="right"))
    if 2 * len(distinct) <= bins and cumulative[-1] >= REPEATED * len(distinct):
        return ordered[distinct]
    found, times = np.unique(quantiles, return_counts=True)
    heavy = found[times > 1]  # one bin after the other ends with it
    reached = np.concatenate(([0.0], cumulative))
    first, end = (np.searchsorted(ordered, heavy, side=side) for side in ("left", "right"))
    return np.asarray(heavy[reached[end] - reached[first] >= REPEATED])


def _below(points: Floats, ordered: Floats) -> Floats:
    """The largest number below each, in 32 bits where all of the column are: 0 has no neighbour in 64 bits that every
    processor tells from it."""
    wide = np.nextafter(points, -np.inf)
    with np.errstate(over="ignore"):
        if not len(points) or not np.array_equal(ordered.astype(np.float32), ordered):
            return wide
        narrow = np.nextafter(points.astype(np.float32), np.float32(-np.inf)).astype(np.float64)
    return np.where(np.isfinite(narrow), narrow, wide)


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
