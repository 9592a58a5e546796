"""Attributions of many rows, as what is compared between a baseline and a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def grouped(
    values: Floats, columns: Sequence[str], groups: Mapping[str, Sequence[str]]
) -> tuple[Floats, tuple[str, ...]]:
    """Values [rows, features] with the columns of each group summed, row by row, and the names that are left.

    Groups (the dimensions of an embedding, the levels of a one-hot code, everything from one source) come first. They
    are summed before any absolute value is taken: what cancels inside a group does not count. Raises ValueError for a
    column that is unknown or in two groups.

    >>> grouped(np.array([[1.0, -1.0, 2.0]]), ["e0", "e1", "age"], {"text": ["e0", "e1"]})
    (array([[0., 2.]]), ('text', 'age'))
    """
    place = {column: at for at, column in enumerate(columns)}
    members = [column for group in groups.values() for column in group]
    strange = [column for column in members if column not in place or members.count(column) > 1]
    if strange:
        raise ValueError(f"columns {', '.join(sorted(set(strange)))} are unknown or in two groups")
    rest = [column for column in columns if column not in members]
    sums = [values[:, [place[column] for column in group]].sum(axis=1) for group in groups.values()]
    kept = [values[:, place[column]] for column in rest]
    return np.column_stack((*sums, *kept)), (*groups, *rest)


def ndcg(baseline: Floats, now: Floats) -> float:
    """Normalized discounted cumulative gain of the order of importance: 1 where both orders are the same.

    DCG = sum_i a(f'_i) / log2(i + 1) over the features f' in today's order of importance, with a the baseline's; the
    ideal is the baseline's own order. Both are mean absolute attributions [features]. 1 where the baseline has none.

    >>> round(ndcg(np.array([3.0, 2.0, 1.0]), np.array([1.0, 2.0, 3.0])), 4)
    0.79

    Source: SageMaker guide, "Monitor feature attribution drift"; Jarvelin & Kekalainen (2002).
    """
    discount = 1 / np.log2(np.arange(len(baseline)) + 2)
    ideal = float(np.sort(baseline)[::-1] @ discount)
    order = np.lexsort((np.arange(len(now)), -now))
    return float(baseline[order] @ discount) / ideal if ideal else 1.0
