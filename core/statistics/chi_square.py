"""Pearson's chi-square tests of categories: of a sample against a distribution, and of two samples."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.statistics.distances import Floats

SMALL, SMALL_OF_TWO = 5, 10
"""An expected count below this is small, in a table of more than two categories or of two."""
MOST_SMALL = 0.2
"""Share of the categories that may be small; of two, none."""


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """`statistic` and `p_value` are NaN where fewer than two categories are left to compare."""

    statistic: float
    p_value: float


def chi_square(sample: Mapping[str, float], expected: Mapping[str, float]) -> ChiSquare:
    """X² = sum_k (o_k - e_k)² / e_k over the categories of `expected`, with (categories - 1) degrees of freedom.

    e is scaled to the sample's sum over the categories that were expected; a category that was not is left out. While
    too many expected counts are small, the smallest category joins the second smallest: no more than 20 % may be
    below 5, and of two categories none below 10 (Moore & McCabe 1999, p. 734; Cochran 1952).

    >>> test = chi_square({"a": 30}, {"a": 20, "b": 20})
    >>> test.statistic, round(test.p_value, 10)
    (30.0, 4.32e-08)

    A p-value near 0 says that the sample is not of the expected distribution, near 1 that it fits suspiciously well.
    With many rows every difference is significant: an alarm belongs on a distance.

    Source: Deequ, analyzers/Distance.scala, `categoricalChiSquareTest`.
    """
    total = sum(count for category, count in sample.items() if category in expected)
    scale = total / (sum(expected.values()) or 1)
    pairs = [(count * scale, float(sample.get(category, 0))) for category, count in sorted(expected.items())]
    pairs = _regrouped(pairs)
    if len(pairs) < 2:
        return ChiSquare(math.nan, math.nan)
    statistic = sum((observed - wanted) ** 2 / wanted for wanted, observed in pairs)
    return ChiSquare(statistic, _survival(statistic, len(pairs) - 1))


def homogeneity(first: Floats, second: Floats) -> ChiSquare:
    """Whether two samples can be of one distribution: `first` and `second` [categories] are their counts.

    X² = sum_k (a_k sqrt(m / n) - b_k sqrt(n / m))² / (a_k + b_k), n = sum a, m = sum b, with (categories - 1) degrees
    of freedom: a training set is a sample too, and to take its shares for those of the world makes healthy windows look
    moved. Categories that neither sample holds are left out; those that are small in the smaller sample join as in
    `chi_square`, by the counts of both together.

    >>> round(homogeneity(np.array([30.0, 20.0]), np.array([20.0, 30.0])).p_value, 4)
    0.0455

    Source: Cramér, Mathematical Methods of Statistics (1946), section 30.6; Cochran (1952).
    """
    n, m = float(first.sum()), float(second.sum())
    if not n or not m:
        return ChiSquare(math.nan, math.nan)
    one, other = _joined(np.column_stack((first, second))[first + second > 0], min(n, m) / (n + m)).T
    if len(one) < 2:
        return ChiSquare(math.nan, math.nan)
    statistic = float(np.sum((one * math.sqrt(m / n) - other * math.sqrt(n / m)) ** 2 / (one + other)))
    return ChiSquare(statistic, _survival(statistic, len(one) - 1))


def _joined(table: Floats, share: float) -> Floats:
    """Rows of the table, the smallest joined until few enough are small; `share` is the smaller sample's of all.

    Which rows are joined must not hang on how their sums fall to the samples, not where sums are equal either: then the
    first rows are. Given the sums, how they fall is chance alone where both samples are of one distribution.
    """
    rows = list(table)
    heap = [(float(row.sum()), at) for at, row in enumerate(rows)]
    heapq.heapify(heap)
    small = sum(both * share < SMALL for both, _ in heap)
    while len(heap) > 2 and small > int(MOST_SMALL * len(heap)):
        (one, at), (other, place) = heapq.heappop(heap), heapq.heappop(heap)
        small += ((one + other) * share < SMALL) - (one * share < SMALL) - (other * share < SMALL)
        heapq.heappush(heap, (one + other, len(rows)))
        rows.append(rows[at] + rows[place])
    left = np.array([rows[at] for _, at in sorted(heap)])
    return left.sum(axis=0, keepdims=True) if len(heap) == 2 and min(heap)[0] * share < SMALL_OF_TWO else left


def _regrouped(pairs: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """(expected, observed) with small categories joined until few enough are left."""
    pairs = list(pairs)
    while len(pairs) >= 2:
        small = SMALL if len(pairs) > 2 else SMALL_OF_TWO
        allowed = int(MOST_SMALL * len(pairs)) if len(pairs) > 2 else 0
        if sum(wanted < small for wanted, _ in pairs) <= allowed:
            break
        pairs.sort()
        (first, one), (second, other), *rest = pairs
        pairs = [(first + second, one + other), *rest]
    return pairs


def _survival(statistic: float, degrees: int) -> float:
    """P(chi-square with `degrees` > statistic). SciPy comes with xgboost; it is slow to import and rarely needed."""
    from scipy.special import chdtrc  # type: ignore[import-untyped]

    return float(chdtrc(degrees, statistic))
