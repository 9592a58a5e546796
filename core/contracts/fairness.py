"""By which groups fairness is told, besides those of each sensitive feature alone: the same for a baseline and for what
is compared with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CROSSED = " x "
"""Between the names of what is crossed; the name of a feature has no space."""


def crossed(names: Sequence[str]) -> str:
    """The name of an intersection, or of a group of one.

    >>> crossed(["sex", "region"]), crossed(["1", "north"])
    ('sex x region', '1 x north')
    """
    return CROSSED.join(names)


@dataclass(frozen=True, slots=True)
class Fairness:
    """Counts from the next training on: a window is compared with what the baseline was asked for."""

    intersections: tuple[tuple[str, ...], ...] = ()
    """Sensitive features, two or three, whose groups are told apart together."""
    conditional_on: str = ""
    """Feature by whose groups conditional demographic disparity is summed (Clarify's `group_variable`); or empty."""

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> Fairness:
        """
        >>> Fairness.from_value({"intersections": [["sex", "region"]], "conditional_on": ""})
        Fairness(intersections=(('sex', 'region'),), conditional_on='')
        """
        return cls(tuple(map(tuple, value.get("intersections", ()))), str(value.get("conditional_on", "")))
