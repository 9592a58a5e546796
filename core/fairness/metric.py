"""What every bias metric is, and the few quantities that they are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.fairness.tally import NO, YES, Counts, Facet


class Undefined(ValueError):
    """A metric that these rows do not define."""


@dataclass(frozen=True, slots=True)
class BiasMetric:
    """`of` takes a facet; it raises Undefined where the metric has no value."""

    name: str
    description: str
    of: Callable[[Facet], float]


def named(*metrics: tuple[str, str, Callable[[Facet], float]]) -> Mapping[str, BiasMetric]:
    return {name: BiasMetric(name, f"{text} ({name})", of) for name, text, of in metrics}


def sizes(facet: Facet) -> tuple[int, int]:
    a, d = int(facet.a.sum()), int(facet.d.sum())
    if not a or not d:
        raise Undefined("no row belongs to the facet" if a else "every row belongs to the facet")
    return a, d


def both(facet: Facet) -> tuple[Counts, Counts]:
    """The rest and the facet. Raises Undefined where one of them has no rows."""
    sizes(facet)
    return facet.a, facet.d


def labels(counts: Counts) -> Counts:
    """Rows by label."""
    return np.asarray(counts.sum(axis=(0, 2)))


def answers(counts: Counts) -> Counts:
    """Rows by answer."""
    return np.asarray(counts.sum(axis=(0, 1)))


def cell(counts: Counts, label: int, answer: int) -> int:
    return int(counts[:, label, answer].sum())


def positive_shares(facet: Facet, of: Callable[[Counts], Counts]) -> tuple[float, float]:
    a, d = sizes(facet)
    return float(of(facet.a)[YES] / a), float(of(facet.d)[YES] / d)


def common_labels(facet: Facet) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, d = sizes(facet)
    pa, pd = labels(facet.a) / a, labels(facet.d) / d
    common = (pa > 0) & (pd > 0)
    if not common.any():
        raise Undefined("the facet and the rest have no label in common")
    return pa[common], pd[common]


def conditional_disparity(facet: Facet, of: Callable[[Counts], Counts]) -> float:
    sizes(facet)
    everything = of(facet.a) + of(facet.d)
    for outcome, name in ((YES, "positive"), (NO, "negative")):
        if not everything[outcome]:
            raise Undefined(f"no row is {name}")
    disparity = 0.0
    for a, d in zip(facet.a, facet.d, strict=True):
        inside, together = of(d[None]), of(a[None]) + of(d[None])
        share = [inside[outcome] / together[outcome] if together[outcome] else 0.0 for outcome in (NO, YES)]
        disparity += float(together.sum() * (share[NO] - share[YES]))
    return disparity / float(everything.sum())


def divide(part: float, whole: float) -> float:
    if whole:
        return float(part / whole)
    return math.copysign(math.inf, part) if part else 0.0


def difference(first: float, second: float) -> float:
    return 0.0 if first == second else first - second
