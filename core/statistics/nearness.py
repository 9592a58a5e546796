"""How far rows lie from those of the training set, in its own spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.contracts.signature import NUMBERS
from core.statistics.baseline import Baseline, WholeBaseline
from core.statistics.distances import Floats

FARTHEST = 1e6
"""Standard deviations from the mean, of one number: squares of more lose the digits of all others."""
ABSENT = -1e300
"""In place of a missing category."""
TOGETHER = 256
"""Rows whose distances are found at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Rows as points: the squared distance of two is the sum of the squared differences of `numbers`, and of the
    weights of the categories that differ.

    Every feature, as a request gives it, counts once. A number is told in standard deviations of the training set; a
    missing one is its mean, and adds 1 to the distance from one that is there. Categories that differ add 1, and so do
    numbers where training has but one. Columns of a text and numbers of an embedding share the 1 of their feature.
    """

    numbers: Floats
    """[rows, numbers and whether they are missing]."""
    codes: Floats
    """[rows, categories]."""
    weights: Floats
    """Of the categories."""
    of_numbers: NDArray[np.int64]
    """Which feature each of the numbers is of, in the order of the baseline's units."""
    of_codes: NDArray[np.int64]

    def squares(self, others: Points, rows: slice) -> Floats:
        """[rows, others] squared distances of some of these rows to all others."""
        mine, theirs = self.numbers[rows], others.numbers
        found = (mine**2).sum(axis=1)[:, None] + (theirs**2).sum(axis=1) - 2 * mine @ theirs.T
        np.maximum(found, 0, out=found)
        for at, weight in enumerate(self.weights):
            found += weight * (self.codes[rows, at, None] != others.codes[:, at])
        return np.asarray(found)

    def parts(self, others: Points, rows: NDArray[np.int64], nearest: NDArray[np.int64], features: int) -> Floats:
        """[rows, features] of the squared distance of each row to one of the others."""
        found = np.zeros((features, len(rows)))
        np.add.at(found, self.of_numbers, ((self.numbers[rows] - others.numbers[nearest]) ** 2).T)
        differ = self.codes[rows] != others.codes[nearest]
        np.add.at(found, self.of_codes, (self.weights * differ).T)
        return found.T


def points(
    baseline: Baseline, before: Floats, now: Floats, without: frozenset[str] = frozenset()
) -> tuple[Points, Points]:
    """Rows of the training set, and of a window; both [rows, columns]. Columns in `without` do not count."""
    kinds = np.array([feature.kind in NUMBERS for feature in baseline.features], bool)
    spread = np.array([_deviation(column) for column in before.T])
    names = [feature.name for feature in baseline.features]
    owner, weight = _features(baseline)
    counts = ~np.isin(names, sorted(without))
    numeric, coded = np.flatnonzero(kinds & (spread > 0) & counts), np.flatnonzero(~(kinds & (spread > 0)) & counts)
    mean = np.array([_mean(column) for column in before.T])
    gaps = numeric[np.isnan(np.concatenate((before, now))[:, numeric]).any(axis=0)]
    made = []
    for rows in (before, now):
        scaled = np.clip((rows[:, numeric] - mean[numeric]) / spread[numeric], -FARTHEST, FARTHEST)
        missing = np.isnan(rows[:, gaps]) * np.sqrt(weight[gaps])
        numbers = np.column_stack((np.nan_to_num(scaled) * np.sqrt(weight[numeric]), missing))
        codes = np.nan_to_num(rows[:, coded], nan=ABSENT)
        of_numbers = np.concatenate((owner[numeric], owner[gaps]))
        made.append(Points(numbers, codes, weight[coded], of_numbers, owner[coded]))
    return made[0], made[1]


def nearest(rows: Points, others: Points, neighbour: int, same: bool = False) -> tuple[Floats, NDArray[np.int64]]:
    """Distance of each row to the `neighbour`-th nearest of the others, and which is the nearest. `same`: the others
    are the rows themselves, and none is its own neighbour."""
    distances, first = np.empty(len(rows.numbers)), np.empty(len(rows.numbers), np.int64)
    for start in range(0, len(distances), TOGETHER):
        block = slice(start, start + TOGETHER)
        squares = rows.squares(others, block)
        if same:
            own = np.arange(len(squares))
            squares[own, start + own] = np.inf
        first[block] = squares.argmin(axis=1)
        distances[block] = np.sqrt(np.partition(squares, neighbour - 1, axis=1)[:, neighbour - 1])
    return distances, first


def _features(baseline: Baseline) -> tuple[NDArray[np.int64], Floats]:
    """Of each column: which feature it is of, and its part of it."""
    sizes = [len(unit.columns) if isinstance(unit, WholeBaseline) else 1 for unit in baseline.units]
    return np.repeat(np.arange(len(sizes)), sizes), np.repeat(1 / np.array(sizes, float), sizes)


def _mean(column: Floats) -> float:
    present = column[~np.isnan(column)]
    return float(present.mean()) if len(present) else 0.0


def _deviation(column: Floats) -> float:
    """0 where there is but one number: rounding must not make a spread of it."""
    present = column[~np.isnan(column)]
    return float(present.std()) if len(present) and present.min() < present.max() else 0.0
