"""What every bias metric is, and the few quantities that they are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.fairness.tally import ANSWER, LABEL, NO, YES, Counts, Facet, Side

Floats = NDArray[np.float64]
Shares = NDArray[np.float64]
Fewest = Callable[[Facet], Counts]
"""How many rows something of a facet rests on."""


class Undefined(ValueError):
    """A metric that these rows do not define."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a facet must have for a metric to be defined."""

    met: Callable[[Facet], NDArray[np.bool_]]
    otherwise: str
    """Why it is not defined, where the need is not met."""


@dataclass(frozen=True, slots=True)
class BiasMetric:
    """`formula` is computed of many facets at once, also where it is not defined: there it may give anything."""

    name: str
    description: str
    formula: Callable[[Facet], Floats]
    needs: tuple[Need, ...]
    compares: Fewest
    """Rows that are compared, of the side with fewer."""
    divides: Fewest
    """The smallest number of rows that it divides by: one row moves a quotient of few far."""

    def values(self, facets: Facet) -> Floats:
        """Of each facet, in the shape of what stands before the strata; NaN where it is not defined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.asarray(self.formula(facets), float)
        for need in self.needs:
            found = np.where(need.met(facets), found, np.nan)
        return found

    def of(self, facet: Facet) -> float:
        """Of one facet. Raises Undefined where the metric has no value."""
        if reason := self.missing(facet):
            raise Undefined(reason)
        return float(self.values(facet))

    def missing(self, facet: Facet) -> str:
        """Why one facet does not define it; empty where it does."""
        return next((need.otherwise for need in self.needs if not need.met(facet)), "")


def named(*metrics: BiasMetric) -> Mapping[str, BiasMetric]:
    return {metric.name: metric for metric in metrics}


def fewer(part: Callable[[Side], Counts]) -> Fewest:
    """Of the two sides, that with fewer such rows."""
    return lambda facet: np.asarray(np.minimum(part(facet.rest), part(facet.own)))


def of_group(facet: Facet) -> Counts:
    """The group's own rows, where it is not held against the rest."""
    return facet.own.rows


def overall(*parts: Callable[[Side], Counts]) -> Fewest:
    """Such rows of both sides in sum; of several kinds the fewest."""
    return lambda facet: np.min([part(facet.rest) + part(facet.own) for part in parts], axis=0)


def metric(
    name: str,
    text: str,
    formula: Callable[[Facet], Floats],
    *needs: Need,
    compares: Fewest | None = None,
    divides: Fewest | None = None,
) -> BiasMetric:
    """Of two groups, so that both must have rows; it compares and divides by those, unless it is said otherwise."""
    compares = compares or fewer(lambda side: side.rows)
    return BiasMetric(name, f"{text} ({name})", formula, (FACET, REST, *needs), compares, divides or compares)


FACET = Need(lambda facet: facet.own.rows > 0, "no row belongs to the facet")
REST = Need(lambda facet: facet.rest.rows > 0, "every row belongs to the facet")
COMMON_LABEL = Need(
    lambda facet: np.asarray(_common(facet).any(axis=0)), "the facet and the rest have no label in common"
)
POSITIVE, NEGATIVE = "no row is positive", "no row is negative"


def both_labels() -> tuple[Need, Need]:
    """What conditional disparity of labels needs, and `both_answers` that of answers."""
    return (
        Need(lambda facet: facet.rest.labels[YES] + facet.own.labels[YES] > 0, POSITIVE),
        Need(lambda facet: facet.rest.labels[NO] + facet.own.labels[NO] > 0, NEGATIVE),
    )


def both_answers() -> tuple[Need, Need]:
    return (
        Need(lambda facet: facet.rest.answers[YES] + facet.own.answers[YES] > 0, POSITIVE),
        Need(lambda facet: facet.rest.answers[NO] + facet.own.answers[NO] > 0, NEGATIVE),
    )


def common_labels(facet: Facet) -> tuple[Shares, Shares]:
    """Shares [label, ...] of the labels among the rest and the facet; 0 for a label that one of them lacks."""
    common = _common(facet)
    pa, pd = facet.rest.labels / facet.rest.rows, facet.own.labels / facet.own.rows
    return np.where(common, pa, 0.0), np.where(common, pd, 0.0)


def _common(facet: Facet) -> NDArray[np.bool_]:
    return np.asarray((facet.rest.labels > 0) & (facet.own.labels > 0))


def divergence(p: Shares, q: Shares) -> Floats:
    """sum p ln(p / q) over the first axis; a share of 0 adds nothing."""
    return np.asarray(np.where(p > 0, p * np.log(p / q), 0.0).sum(axis=0))


def conditional_disparity(facet: Facet, outcome: int) -> Floats:
    """sum over strata of n_i DD_i / n, of the outcomes on the axis LABEL or ANSWER."""
    other = LABEL if outcome == ANSWER else ANSWER
    inside = np.moveaxis(facet.d.sum(axis=other), -1, 0)
    together = inside + np.moveaxis(facet.a.sum(axis=other), -1, 0)
    share = divide(inside, together)
    rows = together.sum(axis=0)
    return np.asarray((rows * (share[NO] - share[YES])).sum(axis=-1) / rows.sum(axis=-1))


def divide(part: Counts, whole: Counts) -> Floats:
    """0/0 is 0, x/0 infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((part == 0) & (whole == 0), 0.0, np.divide(part, whole)))


def difference(first: Floats, second: Floats) -> Floats:
    """0 between equal ones, infinite ones too."""
    return np.asarray(np.where(first == second, 0.0, first - second))
