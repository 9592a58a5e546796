"""64-bit keys of things that have a name: the same on every machine and in every engine.

FNV-1a over the UTF-8 bytes (Fowler, Noll & Vo; http://www.isthe.com/chongo/tech/comp/fnv/), then the finalizer of
splitmix64 (Steele, Lea & Flood, Fast splittable pseudorandom number generators, 2014), so that the order of the keys
is as good as random. They tell names apart, they do not protect anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

OFFSET, PRIME = 0xCBF29CE484222325, 0x100000001B3
LONGEST = 256
"""Bytes of a name; a longer one is represented by its digest."""


def hashed(names: Sequence[str]) -> Keys:
    """One key a name.

    >>> bool(hashed(["a"])[0] == hashed(["b", "a"])[1] != hashed(["b"])[0])
    True
    """
    texts = [_short(name.encode("utf-8", "surrogatepass")) for name in names]
    lengths = np.array([len(text) for text in texts], np.int64)
    state = np.full(len(texts), OFFSET, np.uint64)
    longest = int(lengths.max(initial=0))
    padded = np.frombuffer(b"".join(text.ljust(longest, b"\0") for text in texts), np.uint8).reshape(
        -1, max(longest, 1)
    )
    for at in range(longest):
        step = (state ^ padded[:, at]) * np.uint64(PRIME)
        state = np.where(at < lengths, step, state)
    return scattered(state)


def numbered(keys: Keys, *numbers: int | NDArray[np.int64]) -> Keys:
    """Keys of the parts of something that has a key, by their numbers."""
    for number in numbers:
        keys = scattered(keys ^ scattered(np.asarray(number).astype(np.uint64) + np.uint64(1)))
    return keys


def scattered(state: Keys) -> Keys:
    """The finalizer: a one-to-one map that spreads any difference over all bits."""
    with np.errstate(over="ignore"):
        mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _short(text: bytes) -> bytes:
    return text if len(text) <= LONGEST else blake2b(text, digest_size=32).digest()
