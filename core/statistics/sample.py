"""A random sample of the rows of a stream that is the same in whatever order and parts the stream is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from core.statistics.distances import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The `size` rows whose keys have the smallest hashes ("bottom-k"): every row is as likely as any other.

    Samples of parts add up to the sample of the whole; a key that occurs twice counts once. `rows` is a matrix with
    the rows in order of their hashes. Source: Cohen & Kaplan, Summarizing data using bottom-k sketches (2007).

    >>> part = Sample.of(["a", "b"], np.array([[1.0], [2.0]]), size=2)
    >>> whole = part + Sample.of(["c", "a"], np.array([[3.0], [1.0]]), size=2)
    >>> whole.rows.tolist() == Sample.of(["a", "b", "c"], np.array([[1.0], [2.0], [3.0]]), size=2).rows.tolist()
    True
    """

    size: int
    hashes: NDArray[np.uint64]
    rows: Floats

    @classmethod
    def of(cls, keys: Sequence[str], rows: Floats, size: int) -> Sample:
        return _smallest(size, hashed(keys), rows)

    def __add__(self, other: Sample) -> Sample:
        return _smallest(
            self.size, np.concatenate((self.hashes, other.hashes)), np.concatenate((self.rows, other.rows))
        )


def hashed(keys: Sequence[str]) -> NDArray[np.uint64]:
    """64 bits of each key, the same on every machine."""
    digests = b"".join(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest() for key in keys)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _smallest(size: int, hashes: NDArray[np.uint64], rows: Floats) -> Sample:
    kept, at = np.unique(hashes, return_index=True)
    return Sample(size, kept[:size], rows[at[:size]])
