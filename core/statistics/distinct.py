"""How many different things a stream holds, in little memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.statistics.keys import Keys

SIZE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Distinct:
    """The SIZE smallest different keys; exact up to so many. Sketches add up.

    estimate = (k - 1) / U with U the largest of the k kept keys as a share of all possible ones; its relative
    standard error is about 1 / sqrt(k - 2), here 1.6 %. Source: Bar-Yossef et al., Counting distinct elements in a
    data stream (2002); Beyer et al., On synopses for distinct-value estimation (2007).

    >>> from core.statistics.keys import hashed
    >>> (Distinct.of(hashed(["a", "b"])) + Distinct.of(hashed(["b", "c"]))).estimate
    3.0
    """

    keys: Keys

    @classmethod
    def of(cls, keys: Keys) -> Distinct:
        return cls(np.unique(keys)[:SIZE])

    def __add__(self, other: Distinct) -> Distinct:
        return Distinct.of(np.concatenate((self.keys, other.keys)))

    @property
    def error(self) -> float:
        """Relative standard error of the estimate; 0 where it is exact."""
        return 0.0 if len(self.keys) < SIZE else 1 / math.sqrt(SIZE - 2)

    @property
    def estimate(self) -> float:
        if len(self.keys) < SIZE:
            return float(len(self.keys))
        return float((SIZE - 1) / (float(self.keys[-1]) / 2.0**64))
