"""How far out a number lies: beyond the fences that the training set's quartiles give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.statistics.distances import Floats

REACH = 3.0
"""Interquartile ranges from the quartiles to the fences."""


@dataclass(frozen=True, slots=True)
class Fences:
    """A number below `low` or above `high` is far out.

    low = Q1 - 3 (Q3 - Q1), high = Q3 + 3 (Q3 - Q1): Tukey's outer fences. Of normal numbers 2 in a million are far out.
    Where at least half of the numbers are the same, their quartiles say nothing of the others: Q1 and Q3 are then those
    of the others, and the fences hold the frequent number too; where that leaves no range either, the fences are the
    smallest and the largest number.

    >>> Fences.of([1, 2, 3, 4, 5])
    Fences(low=-4.0, high=10.0)
    >>> Fences.of([0] * 10 + [10, 20, 30])
    Fences(low=-30.0, high=55.0)
    >>> Fences.of([7, 7]), Fences.of([])
    (Fences(low=7.0, high=7.0), None)

    Source: Tukey, Exploratory Data Analysis (1977), section 2D.
    """

    low: float
    high: float

    @classmethod
    def of(cls, values: ArrayLike) -> Fences | None:
        """None without a finite number."""
        numbers = np.asarray(values, float)
        numbers = numbers[np.isfinite(numbers)]
        if not len(numbers):
            return None
        first, third = _quartiles(numbers)
        if first < third:
            return cls(first - REACH * (third - first), third + REACH * (third - first))
        others = numbers[numbers != first]
        low, high = _quartiles(others) if len(others) else (first, first)
        if low < high:
            return cls(min(first, low) - REACH * (high - low), max(third, high) + REACH * (high - low))
        return cls(float(numbers.min()), float(numbers.max()))


@dataclass(frozen=True, slots=True)
class Beyond:
    """Numbers below and above fences. Those of parts add up.

    >>> part = Beyond.of(np.array([1.0, 4.0, 9.0, np.nan]), Fences(2.0, 8.0))
    >>> part.below, part.above, (part + part).count
    (1, 1, 4)
    """

    fences: Fences | None = None
    """Without any, nothing is beyond them."""
    below: int = 0
    above: int = 0

    @classmethod
    def of(cls, values: Floats, fences: Fences | None) -> Beyond:
        """NaN is never beyond."""
        if fences is None:
            return cls()
        return cls(fences, int(np.count_nonzero(values < fences.low)), int(np.count_nonzero(values > fences.high)))

    def __add__(self, other: Beyond) -> Beyond:
        if self.fences != other.fences:
            raise ValueError("counts beyond different fences do not add up")
        return Beyond(self.fences, self.below + other.below, self.above + other.above)

    @property
    def count(self) -> int:
        return self.below + self.above


NOTHING = Beyond()
"""Of a column that has no fences."""


def _quartiles(numbers: Floats) -> tuple[float, float]:
    first, third = np.quantile(numbers, [0.25, 0.75])
    return float(first), float(third)
