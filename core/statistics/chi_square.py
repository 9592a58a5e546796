"""Pearson's chi-square test of a sample of categories against an expected distribution."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

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
