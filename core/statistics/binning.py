"""Counting numbers into bins, compiled: several times faster than a search for each number.

A grid over the edges says of a number between which few of them it lies; a cell that holds many edges has a finer
grid of its own. A number's cell never falls when the number grows, so edges in lower cells lie below it and edges in
higher cells do not, whatever is rounded on the way: the counts are exactly those of a search.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELLS, FINE_CELLS = 4096, 512
TRIMMED = 0.01
"""Share of the edges at each end that the grid does not stretch to, so that outliers do not make its cells coarse."""
MANY = 4
"""Edges in one cell from which on it gets a finer grid; beyond it, half of what is left is ruled out at a time."""


def count(edges: Floats, values: Floats) -> NDArray[np.int64]:
    """Numbers in each of the bins (-inf, edges[0]], (edges[0], edges[1]], ...; NaN is in none.

    `edges` are rising finite numbers. The counts are those of `Histogram.of`, which tests hold against these.

    >>> count(np.array([1.0, 2.0]), np.array([0.0, 1.0, 1.5, 9.0, np.nan])).tolist()
    [2, 1, 1]
    """
    counts = np.zeros(len(edges) + 1, np.int64)
    if len(edges):
        _count(np.ascontiguousarray(edges), np.ascontiguousarray(values), counts)
    else:
        counts[0] = np.count_nonzero(~np.isnan(values))
    return counts


@njit(cache=True)
def _count(edges, values, counts):  # type: ignore[no-untyped-def]
    trimmed = np.int64(len(edges) * TRIMMED)
    low, scale = _grid(edges[trimmed], edges[-1 - trimmed], CELLS)
    first = _starts(edges, 0, len(edges), low, scale, CELLS)
    fine = np.full(CELLS + 1, -1)
    crowded = 0
    for cell in range(CELLS + 1):
        if first[cell + 1] - first[cell] > MANY:
            fine[cell] = crowded
            crowded += 1
    fine_low, fine_scale = np.zeros(crowded + 1), np.zeros(crowded + 1)
    fine_first = np.zeros((crowded + 1, FINE_CELLS + 2), np.int64)
    for cell in range(CELLS + 1):
        if fine[cell] >= 0:
            start, end, at = first[cell], first[cell + 1], fine[cell]
            fine_low[at], fine_scale[at] = _grid(edges[start], edges[end - 1], FINE_CELLS)
            fine_first[at] = _starts(edges, start, end, fine_low[at], fine_scale[at], FINE_CELLS)
    for number in values:
        if np.isnan(number):
            continue
        cell = _cell(number, low, scale, CELLS)
        at, last = first[cell], first[cell + 1]
        if last - at > MANY:
            grid = fine[cell]
            cell = _cell(number, fine_low[grid], fine_scale[grid], FINE_CELLS)
            at, last = fine_first[grid, cell], fine_first[grid, cell + 1]
            while last - at > MANY:
                middle = (at + last) // 2
                if edges[middle] < number:
                    at = middle + 1
                else:
                    last = middle
        while at < last and edges[at] < number:
            at += 1
        counts[at] += 1


@njit(cache=True)
def _grid(low, high, cells):  # type: ignore[no-untyped-def]
    """Where the grid begins and how many cells a unit has; one cell where a quotient cannot say."""
    scale = cells / (high - low) if high > low else 0.0
    return (low, scale) if 0 < scale < np.inf else (0.0, 0.0)


@njit(cache=True)
def _starts(edges, start, end, low, scale, cells):  # type: ignore[no-untyped-def]
    """The first edge of each cell, of those from `start` to `end`."""
    found = np.zeros(cells + 2, np.int64)
    for at in range(start, end):
        found[_cell(edges[at], low, scale, cells) + 1] += 1
    found[0] = start
    for cell in range(cells + 1):
        found[cell + 1] += found[cell]
    return found


@njit(cache=True, inline="always")
def _cell(number, low, scale, cells):  # type: ignore[no-untyped-def]
    return np.int64(min(max((number - low) * scale, 0.0), cells + 0.0)) if scale > 0 else 0
