"""A random sample of the rows of a stream that is the same in whatever order and parts the stream is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.statistics.distances import Floats
from core.statistics.keys import Keys


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The `size` rows with the smallest keys ("bottom-k"): keys are random, so every row is as likely as any other.

    Samples of parts add up to the sample of the whole; a key that occurs twice counts once. `rows` is a matrix with
    the rows in order of their keys. Source: Cohen & Kaplan, Summarizing data using bottom-k sketches (2007).

    >>> from core.statistics.keys import hashed
    >>> part = Sample.of(hashed(["a", "b"]), np.array([[1.0], [2.0]]), size=2)
    >>> whole = part + Sample.of(hashed(["c", "a"]), np.array([[3.0], [1.0]]), size=2)
    >>> whole.keys.tolist() == sorted(hashed(["a", "b", "c"]).tolist())[:2]
    True
    """

    size: int
    keys: Keys
    rows: Floats

    @classmethod
    def of(cls, keys: Keys, rows: Floats, size: int) -> Sample:
        return _smallest(size, keys, rows)

    def __add__(self, other: Sample) -> Sample:
        return _smallest(self.size, np.concatenate((self.keys, other.keys)), np.concatenate((self.rows, other.rows)))


def _smallest(size: int, keys: Keys, rows: Floats) -> Sample:
    kept, at = np.unique(keys, return_index=True)
    return Sample(size, kept[:size], rows[at[:size]])
