"""Whom fairness compares: the groups of each sensitive feature, and those of several at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.contracts.fairness import crossed
from core.fairness.tally import intersection
from core.statistics.crossing import Crossing
from core.statistics.groups import MISSING, OTHER, Groups

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grouping:
    """A facet: one sensitive feature, or several at once."""

    name: str
    groups: tuple[str, ...]
    """Names by code; the last two are values that are no such group, and missing ones."""
    features: tuple[str, ...]
    sizes: tuple[int, ...] = ()
    """How many groups each crossed feature has; empty of one alone."""
    kept: tuple[int, ...] = ()
    """Of an intersection, the combinations that are groups of their own (`core.fairness.tally.intersection`)."""

    @property
    def crossed(self) -> bool:
        return len(self.features) > 1

    def codes(self, of: Mapping[str, Codes]) -> Codes:
        """Code of each row's group, by the codes of its features' groups."""
        if not self.crossed:
            return of[self.features[0]]
        return self._places()[intersection([of[name] for name in self.features], self.sizes)]

    def _places(self) -> Codes:
        """Combination -> group. Where one feature is missing, so is the group."""
        places = np.full(self.sizes, len(self.groups) - 2, np.int64)
        for axis in range(len(self.sizes)):
            np.moveaxis(places, axis, 0)[-1] = len(self.groups) - 1
        found = places.ravel()
        found[list(self.kept)] = np.arange(len(self.kept))
        return found


def groupings(groups: Mapping[str, Groups], crossings: Sequence[Crossing]) -> tuple[Grouping, ...]:
    """Each feature of `groups` alone, in order, then the crossings of such features.

    >>> sex, region = Groups(("1", "2", OTHER, MISSING)), Groups(("north", OTHER, MISSING))
    >>> *_, both = groupings({"sex": sex, "region": region}, [Crossing(("sex", "region"), (0, 3))])
    >>> both.name, both.groups
    ('sex x region', ('1 x north', '2 x north', 'other', 'missing'))
    >>> both.codes({"sex": np.array([1, 0, 2, 0]), "region": np.array([0, 0, 0, 2])}).tolist()
    [1, 0, 2, 3]
    """
    alone = [Grouping(name, found.names, (name,)) for name, found in groups.items()]
    together = [_crossed(one, groups) for one in crossings if set(one.features) <= set(groups)]
    return (*alone, *together)


def _crossed(crossing: Crossing, groups: Mapping[str, Groups]) -> Grouping:
    names = [groups[feature].names for feature in crossing.features]
    sizes = tuple(map(len, names))
    places = zip(*np.unravel_index(np.array(crossing.kept, np.int64), sizes), strict=True)
    kept = [crossed([names[at][code] for at, code in enumerate(place)]) for place in places]
    return Grouping(crossed(crossing.features), (*kept, OTHER, MISSING), crossing.features, sizes, crossing.kept)
