"""How far mass must be moved to turn one distribution of numbers into another."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def wasserstein(
    a: ArrayLike, b: ArrayLike, a_weights: ArrayLike | None = None, b_weights: ArrayLike | None = None
) -> float:
    """Integral of |F_a(x) - F_b(x)| dx: the mean distance of the shortest transport, in the numbers' own unit.

    0: equal; there is no largest value; NaN where a side has no weight. From weighted items (those of a sketch, say)
    it is exact for these items. Divide by a standard deviation to compare features.

    >>> wasserstein([0, 1], [1, 2]), wasserstein([0], [3], [2], [5])
    (1.0, 3.0)

    Source: Vallender, Calculation of the Wasserstein distance between probability distributions on the line (1974).
    """
    sides = []
    for values, weights in ((a, a_weights), (b, b_weights)):
        items = np.asarray(values, float)
        masses = np.ones(len(items)) if weights is None else np.asarray(weights, float)
        order = np.argsort(items, kind="stable")
        sides.append((items[order], np.concatenate(([0.0], np.cumsum(masses[order])))))
    if not all(total[-1] > 0 for _, total in sides):
        return float("nan")
    places = np.sort(np.concatenate([items for items, _ in sides]))
    heights = [total[np.searchsorted(items, places[:-1], side="right")] / total[-1] for items, total in sides]
    return float(np.sum(np.abs(heights[0] - heights[1]) * np.diff(places)))
