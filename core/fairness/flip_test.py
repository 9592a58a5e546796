"""The flip test: would the facet's rows be answered otherwise if they were of the rest?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS, FEW_NEIGHBOURS, FEW = 5, 1, 9
"""Neighbours that vote; one where the rest has at most nine rows."""
BLOCK = 256


def flip_test(rows: NDArray[np.float64], facet: NDArray[np.bool_], answers: NDArray[np.bool_]) -> float:
    """FT = (positive answers that flip to negative - negative ones that flip to positive) / rows of the facet.

    -1 where every row of the facet would be answered better if it were of the rest. A facet's row flips where most of
    its nearest rows of the rest, by Euclidean distance, are answered otherwise; of equally near rows the first count.
    `rows` [rows, features] hold no facet and no label. The cost grows with the product of the two groups, so callers
    take a sample. Raises ValueError where a group is empty or a value is NaN.

    Source: SageMaker guide, "Flip Test"; Black et al., FlipTest (arXiv 1906.09218), approximated by neighbours.

    >>> flip_test(np.array([[0.0], [1.0], [0.1]]), np.array([False, False, True]), np.array([True, False, False]))
    -1.0
    """
    if not facet.any() or facet.all():
        raise ValueError("the flip test needs rows of the facet and of the rest")
    if np.isnan(rows).any():
        raise ValueError("the flip test takes no missing values")
    rest, votes = rows[~facet], answers[~facet]
    count = NEIGHBOURS if len(rest) > FEW else FEW_NEIGHBOURS
    asked, said = rows[facet], answers[facet]
    otherwise = np.empty(len(asked), bool)
    for start in range(0, len(asked), BLOCK):
        block = asked[start : start + BLOCK]
        distances = ((block[:, None, :] - rest[None, :, :]) ** 2).sum(axis=2)
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :count]
        otherwise[start : start + BLOCK] = votes[nearest].mean(axis=1) > 0.5
    gained, lost = np.count_nonzero(~said & otherwise), np.count_nonzero(said & ~otherwise)
    return float((lost - gained) / len(asked))
