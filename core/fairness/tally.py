"""Rows counted by group, label and answer: all that group fairness needs to know of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

NO, YES, UNKNOWN = 0, 1, 2
"""Of a label or an answer: negative, positive, not known (a label that has not arrived, an answer not captured)."""

LABEL, ANSWER = -2, -1
"""Axes of counts."""

JEFFREYS = 0.5
"""What a cell counts before anything was seen."""

Counts = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """`counts[stratum, group, label, answer]`; label and answer are NO, YES or UNKNOWN.

    >>> tally = Tally.of([0, 0, 1], [1, 0, 2], [1, 1, 0], groups=2)
    >>> int(tally.counts[0, 0, YES, YES]), tally.rows, (tally + tally).rows
    (1, 3.0, 6.0)
    """

    counts: Counts

    @classmethod
    def of(
        cls,
        group: ArrayLike,
        label: ArrayLike,
        answer: ArrayLike,
        *,
        groups: int,
        stratum: ArrayLike | None = None,
        strata: int = 1,
        weight: ArrayLike | None = None,
    ) -> Tally:
        """Codes of each row: `group` below `groups`, `stratum` below `strata` (one stratum where it is left out).

        With weights, counts are their sums.

        Raises ValueError for a code out of its range.
        """
        code: NDArray[np.int64] = np.zeros(np.shape(group), np.int64)
        for values, size in ((stratum, strata), (group, groups), (label, 3), (answer, 3)):
            code *= size
            if values is not None:
                column = np.asarray(values)
                if column.size and not (column.min() >= 0 and column.max() < size):
                    raise ValueError(
                        f"a code lies between {column.min()} and {column.max()}; accepted: 0 to {size - 1}"
                    )
                code += column
        weights = None if weight is None else np.asarray(weight, float)
        counted = np.bincount(code, weights, minlength=strata * groups * 9)
        return cls(counted.reshape(strata, groups, 3, 3))

    @property
    def rows(self) -> float:
        return float(self.counts.sum())

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.counts + other.counts)

    def facet(self, groups: Sequence[int]) -> Facet:
        """These groups together against all others."""
        chosen = np.zeros(self.counts.shape[1], bool)
        chosen[list(groups)] = True
        return Facet(self.counts[:, ~chosen].sum(axis=1), self.counts[:, chosen].sum(axis=1))


@dataclass(frozen=True, eq=False)
class Facet:
    """A group d that may be at a disadvantage, against the rest a: counts [..., stratum, label, answer].

    What stands before the stratum are different facets, or samples of one: a metric is computed of all of them at once.
    """

    a: Counts
    d: Counts

    @classmethod
    def together(cls, facets: Sequence[Facet]) -> Facet:
        """Along a new first axis."""
        rest, own = (np.asarray([getattr(facet, side) for facet in facets]) for side in ("a", "d"))
        return cls(rest, own)

    @cached_property
    def rest(self) -> Side:
        return Side(self.a)

    @cached_property
    def own(self) -> Side:
        return Side(self.d)

    @property
    def labelled(self) -> Facet:
        """Rows whose label is known, by label alone: counts [..., stratum, label, 1]."""
        return self._of(lambda counts: counts[..., :UNKNOWN, :].sum(axis=ANSWER, keepdims=True))

    @property
    def judged(self) -> Facet:
        """Rows whose label and answer are known: counts [..., stratum, label, answer] of the known ones."""
        return self._of(lambda counts: counts[..., :UNKNOWN, :UNKNOWN])

    @property
    def answered(self) -> Facet:
        """Rows whose answer is known, by answer alone: counts [..., stratum, 1, answer]."""
        return self._of(lambda counts: counts[..., :UNKNOWN].sum(axis=LABEL, keepdims=True))

    def drawn(self, random: np.random.Generator, samples: int) -> Facet:
        """Tables [samples, ...] that one facet may come from, in parts of no particular sum.

        Each is a draw of the Dirichlet distribution of its cells' shares, with 1/2 a cell beside what was counted, so
        that a cell in which nothing was seen is not taken for an impossible one. Strata share a cell's 1/2: their sum
        has no more of it for being split. Source: Jeffreys' prior, Gelman et al., Bayesian Data Analysis (3rd ed.,
        2013), sections 2.8 and 3.4; a Dirichlet's shares are gamma draws by their sum (appendix A), by which no
        quotient needs to be divided.
        """
        both = np.stack((self.a, self.d)).astype(float)
        strata = both.shape[1]
        parts = random.standard_gamma(both + JEFFREYS / strata, size=(samples, *both.shape))
        return Facet(parts[:, 0], parts[:, 1])

    def _of(self, part: Callable[[Counts], Counts]) -> Facet:
        return Facet(part(self.a), part(self.d))


@dataclass(frozen=True, eq=False)
class Side:
    """Counts [..., stratum, label, answer] and their sums, whose first axes are the label and the answer."""

    counts: Counts

    @cached_property
    def cells(self) -> Counts:
        """[label, answer, ...]"""
        return np.ascontiguousarray(np.moveaxis(self.counts.sum(axis=-3), (LABEL, ANSWER), (0, 1)))

    @cached_property
    def labels(self) -> Counts:
        """[label, ...]"""
        return np.asarray(self.cells.sum(axis=1))

    @cached_property
    def answers(self) -> Counts:
        """[answer, ...]"""
        return np.asarray(self.cells.sum(axis=0))

    @cached_property
    def rows(self) -> Counts:
        return np.asarray(self.labels.sum(axis=0))


def intersection(codes: Sequence[NDArray[np.int64]], sizes: Sequence[int]) -> NDArray[np.int64]:
    """One code for each combination of several columns' groups, the first column turning slowest.

    >>> intersection([np.array([0, 1]), np.array([2, 0])], [2, 3]).tolist()
    [2, 3]
    """
    combined = np.zeros(len(codes[0]), np.int64)
    for code, size in zip(codes, sizes, strict=True):
        combined = combined * size + code
    return combined
