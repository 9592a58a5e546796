"""Counts of categories, with a limit on how many are told apart.

Of a training set with more than KEPT categories the frequent ones are kept, and of the others those of the smallest
keys (`core.statistics.keys`): kept by their counts, rare ones would be those that happened to come often, and seem
rarer in every window. A window is counted over the categories that its training set kept, all of them; of the others
it keeps those of the smallest keys. A name that is kept in the end was kept in each part, so its count is exact, and
the same in whatever parts and order the rows are read. Those that are not kept are counted in SPREAD parts, by their
keys: one of them that takes the rows of others moves its part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.contracts.languages import language_of
from core.statistics.distances import Floats
from core.statistics.keys import Keys, hashed

KEPT = 1000
HEAVY = 30
"""A category of more rows, and of more than 1 / KEPT of all, is frequent: that it is, is no chance."""
SPREAD = 64
LONGEST = 64
"""Characters of a category's name that are kept."""


@dataclass(frozen=True, slots=True)
class Categories:
    """How often each category occurred; beyond KEPT that are not `known`, the rest is counted together in `other`.

    >>> both = Categories.of(["a", "b"]) + Categories.of(["a"])
    >>> dict(both.counts), both.other, both.total
    ({'a': 2, 'b': 1}, 0, 3)
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    other: int = 0
    known: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """Names that are never counted in `other`: of a window, those of its training set."""
    spread: tuple[int, ...] = ()
    """`other` by the names' keys, in SPREAD parts; empty where it is 0, or only its sum is known."""

    @classmethod
    def of(cls, values: Iterable[str], known: frozenset[str] = frozenset()) -> Categories:
        return cls.counted(Counter(value[:LONGEST] for value in values), known)

    @classmethod
    def counted(cls, counts: Mapping[str, int], known: frozenset[str] = frozenset()) -> Categories:
        """Of a window, or of a part of one."""
        return _bounded(counts, known)

    @classmethod
    def described(cls, counts: Mapping[str, int]) -> Categories:
        """Of a whole training set: it has at most KEPT names."""
        if len(counts) <= KEPT:
            return cls(dict(counts))
        frequent = _frequent(counts, sum(counts.values()))
        others = [name for name in counts if name not in frequent]
        return _parted(counts, [*frequent, *_of_smallest_keys(others, KEPT - len(frequent))], frozenset())

    def __add__(self, other: Categories) -> Categories:
        if not other.counts and not other.other:
            return self
        counts = dict(self.counts)
        for name, count in other.counts.items():
            counts[name] = counts.get(name, 0) + count
        known = self.known if other.known <= self.known else self.known | other.known
        both = _bounded(counts, known)
        if not self.other and not other.other:
            return both
        spreads = [spread for side in (self, other, both) if (spread := side._spread()) is not None]
        summed = tuple(np.sum(spreads, axis=0).tolist()) if len(spreads) == 3 else ()
        return replace(both, other=self.other + other.other + both.other, spread=summed)

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

    def told(self, names: Sequence[str], keys: Keys) -> NDArray[np.bool_]:
        """Whether each of the names is counted by itself: no row of it is in `other`. `keys` are theirs."""
        if not self.other:
            return np.ones(len(names), bool)
        kept = np.array([name in self.counts or name in self.known for name in names], bool)
        return np.asarray(kept | (keys <= self._reach()), bool)

    @property
    def distinct(self) -> float:
        """How many there were: exact where all are kept, else an estimate with a relative error of about 3 %.

        Those of the smallest k keys reach to the share k / n of all keys, as in `core.statistics.distinct`.
        """
        reach = self._reach() if self.other else np.uint64(0)
        if not reach:
            return float(len(self.counts))
        return (int((hashed(list(self.counts)) <= reach).sum()) - 1) / (float(reach) / 2.0**64)

    def _spread(self) -> NDArray[np.int64] | None:
        """None where it is not known."""
        if not self.other:
            return np.zeros(SPREAD, np.int64)
        return np.array(self.spread, np.int64) if self.spread else None

    def rest(self, keys: Keys, counts: Floats) -> Floats | None:
        """What is counted in `other`, in SPREAD parts, with other names put to it; None where it is not known."""
        own = self._spread()
        return None if own is None else np.asarray(own + np.bincount(_parts(keys), counts, SPREAD), float)

    def _reach(self) -> np.uint64:
        """The largest key up to which every name is kept."""
        always = self.known or _frequent(self.counts, self.total)
        return np.uint64(hashed([name for name in self.counts if name not in always]).max(initial=np.uint64(0)))


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


def _bounded(counts: Mapping[str, int], known: frozenset[str]) -> Categories:
    """At most KEPT names beside the known ones."""
    unknown = [name for name in counts if name not in known] if len(counts) > KEPT else []
    if len(unknown) <= KEPT:
        return Categories(dict(counts), known=known)
    return _parted(counts, [*(name for name in counts if name in known), *_of_smallest_keys(unknown, KEPT)], known)


def _frequent(counts: Mapping[str, int], total: int) -> set[str]:
    """Fewer than KEPT names, since each has more than 1 / KEPT of the rows."""
    least = max(total / KEPT, HEAVY)
    return {name for name, count in counts.items() if count > least}


def _of_smallest_keys(names: Sequence[str], most: int) -> list[str]:
    keys = hashed(names)
    return [names[at] for at in np.argsort(keys, kind="stable")[:most].tolist()]


def _parted(counts: Mapping[str, int], kept: Iterable[str], known: frozenset[str]) -> Categories:
    own = {name: counts[name] for name in kept}
    rest = [name for name in counts if name not in own]
    spread = np.zeros(SPREAD, np.int64)
    np.add.at(spread, _parts(hashed(rest)), [counts[name] for name in rest])
    return Categories(own, int(spread.sum()), known, tuple(spread.tolist()))


def _parts(keys: Keys) -> NDArray[np.int64]:
    """By the last digits of the keys: what is kept hangs on their first ones."""
    return (keys % np.uint64(SPREAD)).astype(np.int64)
