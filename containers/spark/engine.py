"""Reading a window on Spark. What a part's summary is and how summaries are added is `containers.monitor.parts`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from containers.monitor.parts import FAN, Part, Reader, Summary, together
from containers.monitor.window import Window
from core.statistics.keys import Keys

if TYPE_CHECKING:
    from pyspark import SparkContext, StorageLevel

PARTS_A_RANGE = 8
"""Keys are looked through in as many ranges as there are times so many parts: some ten megabytes a task."""


@dataclass(frozen=True, slots=True)
class OnSpark:
    """An engine of the monitor (`containers.monitor.parts.Engine`).

    1. Each part is read by one task; its summary stays with the executors.
    2. The keys of all requests are shuffled by their range: which of them lie in several parts?
    3. Parts that hold a request of an earlier part are read again without it. As a rule there is none.
    4. Summaries are shuffled FAN by FAN and added; the sums go to the driver, which adds them.

    The driver holds one summary for FAN parts, and never a row or a key.
    """

    context: SparkContext
    kept: StorageLevel
    """Where summaries stay meanwhile."""

    def __call__(self, parts: Sequence[Part], read: Reader) -> Window:
        ranges = 1 << (max(len(parts) // PARTS_A_RANGE, 1) - 1).bit_length()
        summaries = self.context.parallelize(parts, len(parts)).map(read).persist(self.kept)
        try:
            repeated = summaries.flatMap(partial(_by_range, ranges=ranges)).groupByKey(ranges).flatMap(_repeated)
            without = repeated.groupByKey(min(len(parts), ranges))
            again = without.map(partial(_read_again, read=read, parts=self.context.broadcast(list(parts))))
            read_at_last = summaries.map(_group).union(again.map(partial(_group, again=True)))
            sums = dict(read_at_last.groupByKey(-(-len(parts) // FAN)).mapValues(_sum).collect())
            found: Window = together(sums[group] for group in sorted(sums))
            return found
        finally:
            summaries.unpersist()


Repeated = tuple[int, Keys]
"""Number of a part, and keys of its requests that lie in an earlier part as well."""
Grouped = tuple[int, tuple[int, bool, Window]]
"""FAN parts that follow each other; number of a part, whether it was read again, its summary."""


def _by_range(summary: Summary, ranges: int) -> Iterator[tuple[int, tuple[int, Keys]]]:
    """The keys of a part, which are rising, cut into equal ranges of all possible ones."""
    borders = np.array([(at << 64) // ranges for at in range(1, ranges)], np.uint64)
    for at, keys in enumerate(np.split(summary.requests, np.searchsorted(summary.requests, borders))):
        yield at, (summary.number, keys)


def _repeated(found: tuple[int, Iterable[tuple[int, Keys]]]) -> Iterator[Repeated]:
    """Of the keys of one range."""
    _, of_parts = found
    ordered = sorted(of_parts, key=lambda one: one[0])
    keys = np.concatenate([keys for _, keys in ordered])
    numbers = np.repeat([number for number, _ in ordered], [len(keys) for _, keys in ordered])
    order = np.argsort(keys, kind="stable")  # of equal keys, the one of the first part comes first
    later = np.zeros(len(keys), np.bool_)
    later[order[1:]] = keys[order[1:]] == keys[order[:-1]]
    for number in np.unique(numbers[later]).tolist():
        yield number, keys[later & (numbers == number)]


def _read_again(found: tuple[int, Iterable[Keys]], read: Reader, parts: object) -> Summary:
    number, keys = found
    return read(parts.value[number], np.sort(np.concatenate(list(keys))))  # type: ignore[attr-defined]


def _group(summary: Summary, again: bool = False) -> Grouped:
    return summary.number // FAN, (summary.number, again, summary.window)


def _sum(found: Iterable[tuple[int, bool, Window]]) -> Window:
    """Of parts that follow each other, in their order; what was read again counts."""
    at_last = {number: window for number, _, window in sorted(found, key=lambda one: one[:2])}
    return reduce(add, at_last.values())
