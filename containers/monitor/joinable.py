"""Answers that labels may be joined with, by the ids that labels name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.statistics.distances import Floats
from core.statistics.keys import Keys


@dataclass(frozen=True, slots=True, eq=False)
class Joinable:
    """The rows with the `size` smallest keys, as `core.statistics.sample.Sample`; and how many rows bear each key.

    A caller may give several requests one inference id. Then nobody knows which of them a label is for: such a key is
    ambiguous, also where only one of its answers counts. The counts of the keys that are kept are exact in whatever
    parts the rows are read: a key that is among the smallest of the whole is among those of every part that has it.

    >>> from core.statistics.keys import hashed
    >>> part = Joinable.of(hashed(["a", "b"]), np.array([[0.1], [0.2]]), size=9)
    >>> whole = part + Joinable.of(hashed(["b"]), np.array([[0.3]]), size=9)
    >>> sorted(whole.rows[:, 0].tolist()), whole.rows[whole.alone].tolist()
    ([0.1, 0.2], [[0.1]])
    """

    size: int
    keys: Keys
    """Rising, each once."""
    rows: Floats
    """The first row of each key: the answer, NaN where none counts, then the codes of the row's groups."""
    bearers: NDArray[np.int64]
    """Rows that bear each key."""

    @classmethod
    def of(cls, keys: Keys, rows: Floats, size: int) -> Joinable:
        return _smallest(size, keys, rows, np.ones(len(keys), np.int64))

    def __add__(self, other: Joinable) -> Joinable:
        keys, rows = np.concatenate((self.keys, other.keys)), np.concatenate((self.rows, other.rows))
        return _smallest(self.size, keys, rows, np.concatenate((self.bearers, other.bearers)))

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Whether the answer counts."""
        return np.isfinite(self.rows[:, 0])

    @property
    def alone(self) -> NDArray[np.bool_]:
        """Whether no other row bears the key."""
        return np.asarray(self.bearers == 1)

    @property
    def sampled(self) -> bool:
        """Whether there may be more rows than are kept."""
        return len(self.keys) >= self.size


def _smallest(size: int, keys: Keys, rows: Floats, bearers: NDArray[np.int64]) -> Joinable:
    order = np.argsort(keys, kind="stable")
    rising, new = keys[order], np.ones(len(keys), np.bool_)
    new[1:] = rising[1:] != rising[:-1]
    first = np.flatnonzero(new)
    counts = np.add.reduceat(bearers[order], first) if len(first) else bearers
    kept = order[first[:size]]
    return Joinable(size, keys[kept], rows[kept], counts[:size])
