"""Which of the three sets a row belongs to: decided by what is in the row, for ever."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from core.contracts.stages import TEST, TRAIN, VALIDATION

SHARES = ((TRAIN, 0.60), (VALIDATION, 0.75), (TEST, 1.0))
"""Set, and where its part of [0, 1) ends."""


def split(rows: NDArray[np.float64]) -> dict[str, NDArray[np.intp]]:
    """Indices of the rows of each set, in their order.

    A row's place is a hash of its features: the same features are in the same set in every run and whatever else the
    run has read. So no row on which a challenger is tested was ever trained on, by itself or by the champion, not
    even where traffic repeats rows of the labelled data set.
    """
    places = np.array([_place(row) for row in _canonical(rows)], dtype=np.float64)
    sets, start = {}, 0.0
    for name, end in SHARES:
        sets[name] = np.flatnonzero((start <= places) & (places < end))
        start = end
    return sets


def _canonical(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """One pattern of bits for each value: requests hold 32-bit numbers, and there is one NaN and one zero."""
    short = np.asarray(rows, dtype=np.float32).astype("<f8") + 0.0
    short[np.isnan(short)] = np.nan
    return short


def _place(row: NDArray[np.float64]) -> float:
    """In [0, 1), uniform over different rows. 53 bits, so that it is exact."""
    return (int.from_bytes(blake2b(row.tobytes(), digest_size=8).digest(), "big") >> 11) / 2**53
