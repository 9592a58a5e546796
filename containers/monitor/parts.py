"""A window in parts, which are read apart, here or on other machines, into the summary that one reader makes of them.

Captured files, in order of their keys, make parts of about PART bytes. A part's summary depends on its own files
alone, and how summaries are added depends on how many parts there are alone (`together`): whoever reads which part
when, the numbers are the same to the last bit. A request that lies in several parts counts in the first of them: a
part tells the keys of its requests, and is read without those that an earlier one has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from operator import add
from typing import Any, Protocol, TypeVar

import numpy as np

from containers.monitor.capture import Span, batches
from containers.monitor.seen import Seen
from containers.monitor.window import Reading, Window, summarize
from core.statistics.keys import Keys

PART = 128 << 20
"""Bytes. A part is read in a second or two, and its summary is some megabytes."""
FAN = 16
"""So many summaries are added to one, which is added to as many others."""

T = TypeVar("T")


class Stored(Protocol):
    """A captured file."""

    @property
    def size(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Part:
    """Files that are read one after the other."""

    number: int
    """From 0, in order of the files' keys."""
    files: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of one part."""

    number: int
    window: Window
    requests: Keys
    """Of all different requests of the part, rising; also of those that it was read without."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a part. It is sent to other machines, so `blocks` is a function of a module, not one made on the way."""

    reading: Reading
    span: Span
    blocks: Callable[[Sequence[Any]], Iterator[bytes]]
    """Whole lines of the files, in their order."""

    def __call__(self, part: Part, *without: Keys) -> Summary:
        """`without`: rising keys of requests that count elsewhere."""
        seen = Seen(without)
        reading = self.reading
        read = batches(
            self.blocks(part.files),
            self.span,
            len(reading.columns),
            seen=seen,
            target=reading.target,
            features=reading.given,
        )
        return Summary(part.number, summarize(read, self.reading), seen.requests)


class Engine(Protocol):
    """Reads all parts of a window. There is at least one; where nothing was captured it has no file."""

    def __call__(self, parts: Sequence[Part], read: Reader) -> Window: ...


def parts(files: Iterable[Stored], size: int = PART) -> list[Part]:
    """Files in order of their keys, cut where a part has reached `size` bytes; at least one part."""
    found: list[list[Stored]] = [[]]
    held = 0
    for file in files:
        if held >= size:
            found.append([])
            held = 0
        found[-1].append(file)
        held += file.size
    return [Part(number, tuple(group)) for number, group in enumerate(found)]


def in_turn(parts: Sequence[Part], read: Reader) -> Window:
    """One part after the other, in this process. What comes after the policy's `most_requests` is left out, part by
    part, and it is said: memory grows by the keys of the requests."""
    known, most = Known(), read.reading.policy.most_requests

    def windows() -> Iterator[Window]:
        for part in parts:
            summary = read(part, *known.runs)
            known.add(summary.requests)
            left_out = len(known) >= most and part is not parts[-1]
            yield _cut_short(summary.window) if left_out else summary.window
            if left_out:
                return

    return together(windows())


class Known:
    """Keys of the requests so far, as rising runs of very different lengths: to add n keys costs O(n log n) at most."""

    def __init__(self) -> None:
        self.runs: list[Keys] = []

    def add(self, keys: Keys) -> None:
        if not len(keys):
            return
        while self.runs and len(self.runs[-1]) <= 2 * len(keys):
            keys = np.sort(np.concatenate((self.runs.pop(), keys)), kind="stable")  # two runs: merged, not sorted
        self.runs.append(keys)

    def __len__(self) -> int:
        return sum(map(len, self.runs))


def _cut_short(window: Window) -> Window:
    return replace(window, shape=replace(window.shape, partial=True))


def together(windows: Iterable[T]) -> T:
    """The sum of summaries in order of their parts, FAN by FAN.

    >>> together(["a", "b", "c"])
    'abc'
    """
    level = sums(windows)
    while len(level) > 1:
        level = sums(level)
    return level[0]


def sums(windows: Iterable[T]) -> list[T]:
    """The sum of each FAN that follow each other: what an engine may add up where the parts were read."""
    waiting = iter(windows)
    found = []
    while group := list(islice(waiting, FAN)):
        found.append(reduce(add, group))
    return found
