"""Counting numbers into bins, compiled: several times faster than a search for each number.

A grid over the edges says of a number between which few of them it lies; a cell that holds many edges has a finer
grid of its own. A number's cell never falls when the number grows, so edges in lower cells lie below it and edges in
higher cells do not, whatever is rounded on the way: the counts are exactly those of a search.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELLS, FINE_CELLS = 4096, 512
TRIMMED = 0.01
"""Share of the edges at each end that the grid does not stretch to, so that outliers do not make its cells coarse."""
MANY = 4
"""Edges in one cell from which on it gets a finer grid; beyond it, half of what is left is ruled out at a time."""
TOGETHER = 512
"""Numbers whose cells are found at once, by the processor's wide instructions, before each is put into its bin."""
GRIDS = 256
"""Of so many edges the grid is kept, some tens of kilobytes each: a window is counted batch after batch."""


def count(edges: Floats, values: Floats) -> NDArray[np.int64]:
    """Numbers in each of the bins (-inf, edges[0]], (edges[0], edges[1]], ...; NaN is in none.

    `edges` are rising finite numbers. The counts are those of `Histogram.of`, which tests hold against these.

    >>> count(np.array([1.0, 2.0]), np.array([0.0, 1.0, 1.5, 9.0, np.nan])).tolist()
    [2, 1, 1]
    """
    counts = np.zeros(len(edges) + 1, np.int64)
    if len(edges):
        grid = _grid_of(np.asarray(edges, np.float64).tobytes())
        missing = _count(np.ascontiguousarray(values), counts, *grid)
        counts[0] -= missing
    else:
        counts[0] = np.count_nonzero(~np.isnan(values))
    return counts


@lru_cache(GRIDS)
def _grid_of(edges: bytes) -> tuple[Any, ...]:
    found: tuple[Any, ...] = _grid(np.frombuffer(edges))
    return found


@njit(cache=True)
def _grid(edges):  # type: ignore[no-untyped-def]
    """The edges with infinity behind them, and the grid: where it begins, how many cells a unit has, and of each cell
    its first edge, or -1, -2, ... for the first, second, ... of the finer grids, of which the same is told."""
    trimmed = np.int64(len(edges) * TRIMMED)
    low, scale = _unit(edges[trimmed], edges[-1 - trimmed], CELLS)
    first = _starts(edges, 0, len(edges), low, scale, CELLS)
    crowded = 0
    for cell in range(CELLS + 1):
        crowded += first[cell + 1] - first[cell] > MANY
    fine_low, fine_scale = np.zeros(crowded), np.zeros(crowded)
    fine_first = np.zeros((crowded, FINE_CELLS + 2), np.int32)
    crowded = 0
    for cell in range(CELLS + 1):
        start, end = first[cell], first[cell + 1]
        if end - start > MANY:
            fine_low[crowded], fine_scale[crowded] = _unit(edges[start], edges[end - 1], FINE_CELLS)
            fine_first[crowded] = _starts(edges, start, end, fine_low[crowded], fine_scale[crowded], FINE_CELLS)
            crowded += 1
            first[cell] = -crowded
    return np.append(edges, np.inf), low, scale, first, fine_low, fine_scale, fine_first


@njit(cache=True)
def _count(values, counts, edges, low, scale, first, fine_low, fine_scale, fine_first):  # type: ignore[no-untyped-def]
    """Add the numbers to the counts of their bins; NaN is added to the first one, and told how often."""
    cells = np.empty(TOGETHER, np.int32)
    missing = 0
    for start in range(0, len(values), TOGETHER):
        part = values[start : start + TOGETHER]
        for at in range(len(part)):
            cells[at] = _cell(part[at], low, scale, CELLS)
            missing += part[at] != part[at]
        for at in range(len(part)):
            begin = first[np.uint64(cells[at])]
            if begin < 0:
                begin = _in_crowd(part[at], edges, fine_low[-1 - begin], fine_scale[-1 - begin], fine_first[-1 - begin])
            place = np.uint64(begin)  # without a sign, so that no place is counted from the end
            while edges[place] < part[at]:  # which no edge in a higher cell is
                place += np.uint64(1)
            counts[place] += 1
    return missing


@njit(cache=True)
def _in_crowd(number, edges, low, scale, first):  # type: ignore[no-untyped-def]
    """An edge of a crowded cell that is the first one not below the number, or one of the MANY before it."""
    cell = _cell(number, low, scale, FINE_CELLS)
    at, last = first[cell], first[cell + 1]
    while last - at > MANY:
        middle = (at + last) // 2
        if edges[middle] < number:
            at = np.int32(middle + 1)
        else:
            last = np.int32(middle)
    return at


@njit(cache=True)
def _unit(low, high, cells):  # type: ignore[no-untyped-def]
    """Where the grid begins and how many cells a unit has; one cell where a quotient cannot say."""
    scale = cells / (high - low) if high > low else 0.0
    return (low, scale) if 0 < scale < np.inf else (0.0, 0.0)


@njit(cache=True)
def _starts(edges, start, end, low, scale, cells):  # type: ignore[no-untyped-def]
    """The first edge of each cell, of those from `start` to `end`."""
    found = np.zeros(cells + 2, np.int32)
    for at in range(start, end):
        found[_cell(edges[at], low, scale, cells) + 1] += 1
    found[0] = start
    for cell in range(cells + 1):
        found[cell + 1] += found[cell]
    return found


@njit(cache=True, inline="always")
def _cell(number, low, scale, cells):  # type: ignore[no-untyped-def]
    """From 0 to `cells`; 0 of NaN, as of all numbers where there is one cell."""
    place = (number - low) * scale
    place = place if place > 0 else 0.0
    return np.int32(place if place < cells else cells + 0.0)
