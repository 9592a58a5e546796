"""Counting small whole numbers, compiled: categories mostly come as such, and need not be sorted to be counted."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

SIZE = 4096
"""Numbers from 0 below it are counted."""
_OTHER, _MISSING = SIZE, SIZE + 1
"""Where numbers that are not counted, and NaN, are put."""
TOGETHER = 512
"""Numbers that are told apart at once, by the processor's wide instructions, before each is counted."""


def tally(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]] | None:
    """The numbers that occur, rising, and how often each does; NaN is left out. None where any is not from 0 below
    SIZE, or not whole.

    What it tells is what `np.unique` would, which tests hold against this.

    >>> [side.tolist() for side in tally(np.array([3.0, 1.0, 3.0, np.nan]))]
    [[1.0, 3.0], [1, 2]]
    >>> tally(np.array([0.5]))
    """
    counts = np.zeros(SIZE + 2, np.int64)
    _tally(np.ascontiguousarray(values), counts)
    if counts[_OTHER]:
        return None
    found = np.flatnonzero(counts[:SIZE])
    return found.astype(np.float64), counts[found]


@njit(cache=True)
def _tally(values, counts):  # type: ignore[no-untyped-def]
    codes = np.empty(TOGETHER, np.int32)
    for start in range(0, len(values), TOGETHER):
        part = values[start : start + TOGETHER]
        for at in range(len(part)):
            number = part[at]
            code = np.int32(number if 0 <= number < SIZE else 0.0)
            codes[at] = code if code == number else _MISSING if number != number else _OTHER
        for at in range(len(part)):
            counts[np.uint64(codes[at])] += 1
        if counts[_OTHER]:
            return
