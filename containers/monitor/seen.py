"""Which requests were read already: a million of them in some tens of megabytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.statistics.keys import Keys

SMALLEST = 1 << 15
"""Places of a table; a power of two, as its later sizes are."""


class Seen:
    """The requests of one part of a window, and those that count in another.

    Requests that are added one at a time stand in a set; many at once in a table of their keys, which is compiled.
    """

    def __init__(self, elsewhere: Sequence[Keys] = ()) -> None:
        """`elsewhere`: rising keys."""
        self._alone: set[int] = set()
        self._table = np.zeros(0, np.uint64)
        """See `seen_kernel`; without a place as long as nothing was taken."""
        self._held = 0
        self._elsewhere = [keys for keys in elsewhere if len(keys)]

    def __len__(self) -> int:
        return len(self._alone) + self._held

    def __contains__(self, event: int) -> bool:
        if event in self._alone or not self._held:
            return event in self._alone
        from containers.monitor.seen_kernel import holds

        return bool(holds(self._table, np.uint64(event)))

    @property
    def requests(self) -> Keys:
        """Rising keys of all requests that are here, whether they count here or not."""
        alone = np.fromiter(self._alone, np.uint64, len(self._alone))
        return np.sort(np.concatenate((alone, self._entered())))

    def add(self, event: int) -> None:
        self._alone.add(event)

    def take(self, events: Keys, room: int) -> tuple[NDArray[np.int64], bool]:
        """Add at most `room` of the events that are not here yet: where each of these stands for the first time, in
        order, and whether there are more."""
        from containers.monitor.seen_kernel import enter

        alone = np.fromiter(self._alone, np.uint64, len(self._alone))
        self._alone.clear()
        wanted = 2 * (self._held + len(alone) + len(events))
        if wanted > len(self._table):
            before = self._entered()
            self._table = np.zeros(max(SMALLEST, 1 << (wanted - 1).bit_length()) + 1, np.uint64)
            enter(self._table, before, len(before), np.empty(len(before), np.int64))
        places = np.empty(max(len(alone), len(events)), np.int64)
        self._held += enter(self._table, alone, len(alone), places)[0]
        found, more = enter(self._table, events, room, places)
        self._held += found
        return places[:found], more

    def counts(self, events: Keys) -> NDArray[np.bool_]:
        """Whether a request counts here if it is here."""
        found = np.ones(len(events), np.bool_)
        for keys in self._elsewhere:
            at = np.minimum(np.searchsorted(keys, events), len(keys) - 1)
            found &= keys[at] != events
        return found

    def _entered(self) -> Keys:
        """The keys of the table."""
        held = self._table[:-1]
        found = held[held != 0]
        return np.append(found, np.uint64(0)) if self._table[-1:].any() else found
