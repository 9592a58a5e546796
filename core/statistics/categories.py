"""Counts of categories, with a limit on how many are told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from core.contracts.languages import language_of

KEPT = 1000
LONGEST = 64
"""Characters of a category's name that are kept."""


@dataclass(frozen=True, slots=True)
class Categories:
    """How often each category occurred; beyond KEPT of them, the rarest are counted together in `other`.

    >>> both = Categories.of(["a", "b"]) + Categories.of(["a"])
    >>> dict(both.counts), both.other, both.total
    ({'a': 2, 'b': 1}, 0, 3)
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    other: int = 0

    @classmethod
    def of(cls, values: Iterable[str]) -> Categories:
        return _trimmed(Counter(value[:LONGEST] for value in values), 0)

    def __add__(self, other: Categories) -> Categories:
        if not other.counts and not other.other:
            return self
        counts = dict(self.counts)
        for name, count in other.counts.items():
            counts[name] = counts.get(name, 0) + count
        return _trimmed(counts, self.other + other.other)

    @property
    def total(self) -> int:
        return sum(self.counts.values()) + self.other

    def unseen(self, domain: Iterable[str]) -> dict[str, int]:
        """Counts of the categories that are not in `domain`, the most frequent first."""
        known = set(domain)
        new = {name: count for name, count in self.counts.items() if name not in known}
        return dict(sorted(new.items(), key=lambda item: (-item[1], item[0])))

    def masses(self) -> dict[str | None, int]:
        """All counts; those of `other` under None."""
        masses: dict[str | None, int] = dict(self.counts.items())
        if self.other:
            masses[None] = self.other
        return masses


@lru_cache(8192)  # a window names the same few again and again
def category(number: float) -> str:
    """Name of a category that is written as a number, as 32 bits hold it: 1 and 1.0 are the same.

    >>> category(1.0), category(0.1)
    ('1', '0.1')
    """
    return str(int(number)) if number.is_integer() else str(np.float32(number))


def naming(kind: str) -> Callable[[float], str]:
    """How the categories of a column of a kind (`core.contracts.signature.ColumnKind`) are called.

    >>> naming("language")(149.0), naming("boolean")(1.0)
    ('en', '1')
    """
    return language_of if kind == "language" else category


def classes_of(answers: ArrayLike) -> Categories:
    """Of classes as a classifier answers them, numbered from 0.

    >>> dict(classes_of([2.0, 0.0, 2.0]).counts)
    {'0': 1, '2': 2}
    """
    counts = np.bincount(np.asarray(answers, np.int64))
    return Categories({str(at): int(count) for at, count in enumerate(counts.tolist()) if count})


def _trimmed(counts: Mapping[str, int], other: int) -> Categories:
    if len(counts) <= KEPT:
        return Categories(dict(counts), other)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Categories(dict(ordered[:KEPT]), other + sum(count for _, count in ordered[KEPT:]))
