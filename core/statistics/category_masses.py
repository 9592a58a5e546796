"""Two counts of categories as masses of the same bins, which distances are taken of."""

from __future__ import annotations

import numpy as np

from core.statistics.categories import Categories
from core.statistics.distances import Floats
from core.statistics.keys import hashed


def compared(before: Categories, now: Categories) -> tuple[Floats, Floats]:
    """Masses of both sides over the same categories. `before` is of a training set, or of the windows before.

    Each category that both sides tell is one by itself, and all others are together in SPREAD parts, or in one where
    that is all that is known of them: of those, neither side can say which are new.

    >>> [side.tolist() for side in compared(Categories({"a": 1, "b": 2}), Categories({"a": 4}, 5, frozenset("ab")))]
    [[1.0, 2.0, 0.0], [4.0, 0.0, 5.0]]
    """
    names = sorted({*before.counts, *now.counts})
    sides = [np.array([side.counts.get(name, 0) for name in names], float) for side in (before, now)]
    if not before.other and not now.other:
        return sides[0], sides[1]
    keys = hashed(names)
    told = before.told(names, keys) & now.told(names, keys)
    first, second = (side.rest(keys[~told], counts[~told]) for side, counts in zip((before, now), sides, strict=True))
    if first is None or second is None:
        first, second = (
            np.array([counts[~told].sum() + side.other]) for side, counts in zip((before, now), sides, strict=True)
        )
    return np.append(sides[0][told], first), np.append(sides[1][told], second)
