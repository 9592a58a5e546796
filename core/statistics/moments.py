"""Count, mean, variance and range of numbers, from parts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Moments:
    """Of finite numbers; others are left out. Without any, `mean` is 0 and the range is empty (inf, -inf).

    Parts add up by Chan's formula: mean = m_a + d n_b / n, S = S_a + S_b + d² n_a n_b / n with d = m_b - m_a
    (Chan, Golub & LeVeque, Algorithms for computing the sample variance, 1983). Numbers near the largest float may
    make `squares` infinite.

    >>> parts = Moments.of([1, 2]) + Moments.of([3, 4])
    >>> parts.count, parts.mean, round(parts.standard_deviation, 3), parts.minimum, parts.maximum
    (4, 2.5, 1.118, 1.0, 4.0)
    """

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    """Sum of the squared distances from the mean."""
    minimum: float = math.inf
    maximum: float = -math.inf

    @classmethod
    def of(cls, values: ArrayLike) -> Moments:
        numbers = np.asarray(values, float)
        numbers = numbers[np.isfinite(numbers)]
        if not len(numbers):
            return cls()
        with np.errstate(over="ignore"):
            mean = float(np.sum(numbers / len(numbers)))
            squares = float(np.sum((numbers - mean) ** 2))
        return cls(len(numbers), mean, squares, float(numbers.min()), float(numbers.max()))

    def __add__(self, other: Moments) -> Moments:
        count = self.count + other.count
        if not count:
            return self
        step = other.mean - self.mean
        part = other.count / count
        return Moments(
            count,
            self.mean + step * part,
            self.squares + other.squares + step * step * part * self.count,
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
        )

    @property
    def standard_deviation(self) -> float:
        """Of the values themselves (divided by n); 0 without any."""
        return math.sqrt(self.squares / self.count) if self.count else 0.0

    @property
    def total(self) -> float:
        return self.mean * self.count
