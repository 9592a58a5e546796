"""The compiled part of `seen`: a table of keys with open addressing and linear probing.

A key stands at the place that its lowest bits name, or at the next one that was free. Keys are as good as random
(`core.statistics.keys`), and at most half of the places are taken, so that a search looks at one or two. An empty
place holds 0; whether the key 0 is in the table, its last entry says, which is no place.

Source: Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm L.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def enter(table, keys, room, places):  # type: ignore[no-untyped-def]
    """Enter at most `room` keys that are not in the table yet, and write where they stand among `keys`.

    How many these are, and whether there are more. The table has a power of two of places and one entry behind them.
    """
    found = 0
    for at in range(len(keys)):
        slot = _slot(table, keys[at])
        if table[slot] != np.uint64(0):
            continue
        if found == room:
            return found, True
        table[slot] = keys[at] if keys[at] != np.uint64(0) else np.uint64(1)
        places[found] = at
        found += 1
    return found, False


@njit(cache=True)
def holds(table, key):  # type: ignore[no-untyped-def]
    return table[_slot(table, key)] != np.uint64(0)


@njit(cache=True)
def _slot(table, key):  # type: ignore[no-untyped-def]
    """The place of a key, or the empty one that it would take."""
    last = np.uint64(len(table) - 1)
    if key == np.uint64(0):
        return last
    slot = key & (last - np.uint64(1))
    while table[slot] != np.uint64(0) and table[slot] != key:
        slot = (slot + np.uint64(1)) & (last - np.uint64(1))
    return slot
