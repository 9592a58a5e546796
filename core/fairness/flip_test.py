"""The flip test: would the facet's rows be answered otherwise if they were of the rest?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.fairness.assessment import RESAMPLES, Measured, intervals
from core.fairness.tally import JEFFREYS

NEIGHBOURS, FEW_NEIGHBOURS, FEW = 5, 1, 9
"""Neighbours that vote; one where the rest has at most nine rows."""
LEAST = 30
"""Rows of the facet, and of the rest, from which on a sample says something."""
MOST_ROWS, MOST_WORK = 1000, 1 << 28
"""Rows that are compared with each other, fewer where they have very many columns: columns * rows^2 is at most this."""
NAME, DESCRIPTION = "FT", "Flip Test (FT)"
TOO_FEW = f"fewer than {LEAST} rows of the facet, or of the rest, are in the sample"

Rows = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Flips:
    """Rows of the facet by what their neighbours of the rest are answered."""

    gained: int
    """Would be answered positively."""
    lost: int
    same: int

    @property
    def value(self) -> float:
        """FT = (lost - gained) / rows: -1 where every row of the facet would be answered better were it of the rest."""
        return (self.lost - self.gained) / (self.lost + self.gained + self.same)

    def measured(self, seed: int | None = None) -> Measured:
        """With an interval where there is a seed: shares as `core.fairness.tally.Facet.drawn` has them."""
        counts = np.array([self.gained, self.lost, self.same])
        rows = int(counts.sum())
        found = Measured(NAME, DESCRIPTION, self.value, rows=rows, divides=rows)
        if seed is None:
            return found
        drawn = np.random.default_rng(seed).dirichlet(counts + JEFFREYS, RESAMPLES)
        low, high = intervals(drawn[:, 1] - drawn[:, 0])
        return replace(found, low=min(float(low), self.value), high=max(float(high), self.value))


def flip_test(rows: Rows, facet: Mask, answers: Mask) -> float:
    """FT of rows [rows, features] that hold no facet and no label.

    A facet's row flips where most of its nearest rows of the rest, by Euclidean distance, are answered otherwise; of
    equally near rows the first count. Raises ValueError where a group is empty or a value is NaN.

    Source: SageMaker guide, "Flip Test"; Black et al., FlipTest (arXiv 1906.09218), approximated by neighbours.

    >>> flip_test(np.array([[0.0], [1.0], [0.1]]), np.array([False, False, True]), np.array([True, False, False]))
    -1.0
    """
    if not facet.any() or facet.all():
        raise ValueError("the flip test needs rows of the facet and of the rest")
    if np.isnan(rows).any():
        raise ValueError("the flip test takes no missing values")
    distances = np.zeros((len(rows), len(rows)))
    for column in rows.T:
        distances += (column[:, None] - column) ** 2
    return flips(distances, facet, answers).value


def flips(distances: Rows, facet: Mask, answers: Mask) -> Flips:
    """By squared distances [rows, rows]; both groups have rows."""
    votes, said = answers[~facet], answers[facet]
    count = NEIGHBOURS if len(votes) > FEW else FEW_NEIGHBOURS
    nearest = np.argsort(distances[np.ix_(facet, ~facet)], axis=1, kind="stable")[:, :count]
    otherwise = votes[nearest].mean(axis=1) > 0.5
    gained, lost = int((~said & otherwise).sum()), int((said & ~otherwise).sum())
    return Flips(gained, lost, len(said) - gained - lost)


def most_rows(columns: int) -> int:
    """How many rows are compared with each other, by how many columns they have.

    >>> most_rows(30), most_rows(4096)
    (1000, 256)
    """
    return min(MOST_ROWS, int((MOST_WORK / max(columns, 1)) ** 0.5))


def of_numbers(values: Rows, mean: float, deviation: float) -> Rows:
    """Squared distances [rows, rows] of one column in its standard deviations; a missing number counts as the mean."""
    scaled = np.where(np.isnan(values), 0.0, (values - mean) / (deviation or 1.0))
    return np.asarray((scaled[:, None] - scaled) ** 2)


def of_categories(values: Rows) -> Rows:
    """The same of categories: 2 between different ones, as between columns of zeros with a one; a missing value is one
    more category."""
    known = np.where(np.isnan(values), -np.inf, values)
    return np.where(known[:, None] == known, 0.0, 2.0)
