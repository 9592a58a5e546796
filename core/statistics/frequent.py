"""The most frequent numbers of a stream, in little memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

KEPT = 64


@dataclass(frozen=True, slots=True)
class Frequent:
    """Counts of at most KEPT numbers, each too small by at most `error`; a number that is not kept occurred at most
    `error` times, and `error` is at most total / (KEPT + 1).

    Two of them add up: counts are summed, and the largest count that would not be kept is taken off all. Source:
    Misra & Gries (1982) in the mergeable form of Agarwal et al., Mergeable summaries (2012).

    >>> found = Frequent.of([5.0, 5.0, 1.0]) + Frequent.of([5.0, float("nan")])
    >>> found.most_common(), found.total, found.error
    ((5.0, 3), 4, 0)
    """

    counts: Mapping[float, int] = field(default_factory=dict)
    total: int = 0
    error: int = 0

    @classmethod
    def of(cls, values: ArrayLike) -> Frequent:
        numbers = np.asarray(values, float)
        numbers = numbers[np.isfinite(numbers)]
        found, counts = np.unique(numbers, return_counts=True)
        cut = int(np.partition(counts, -1 - KEPT)[-1 - KEPT]) if len(counts) > KEPT else 0  # as `_trimmed`, at once
        kept = counts > cut
        return cls(dict(zip(found[kept].tolist(), (counts[kept] - cut).tolist(), strict=True)), len(numbers), cut)

    def __add__(self, other: Frequent) -> Frequent:
        counts = Counter(self.counts)
        counts.update(other.counts)
        return _trimmed(counts, self.total + other.total, self.error + other.error)

    def most_common(self) -> tuple[float, int] | None:
        """The number with the largest count, the smaller one of two; None where none is kept."""
        return min(self.counts.items(), key=lambda item: (-item[1], item[0]), default=None)


def _trimmed(counts: Mapping[float, int], total: int, error: int) -> Frequent:
    if len(counts) <= KEPT:
        return Frequent(dict(counts), total, error)
    cut = sorted(counts.values(), reverse=True)[KEPT]
    return Frequent({value: count - cut for value, count in counts.items() if count > cut}, total, error + cut)
