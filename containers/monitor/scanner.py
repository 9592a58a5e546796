"""Captured requests at the speed of reading: lines of the documented form, compiled, straight into numbers.

A line is read here only if every byte of it is what SageMaker's guide shows: these members in this order, plain text
without escapes, CSV cells that are numbers or empty, as many answers as rows, a time in UTC. Every other line is left
to the reader of `capture`, which knows all forms; nothing is ever guessed. What is read here equals what that reader
makes of the same line, bit by bit: the tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from containers.monitor.scanner_kernel import scan_lines
from core.contracts.problem import Target
from core.statistics.keys import Keys, scattered

BINARY_TARGET = Target()
ROWS = 16_384
"""Of one part, and of its requests: what is held in memory at once."""
CELLS = 2 << 20
"""Of one part: 16 MB, so wide rows make parts of fewer."""
LEFT, HELD = 1024, 4 << 20
"""Lines that one call of the compiled scanner leaves, and bytes of them from which on a part ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """One entry a request that was read, in order."""

    first: NDArray[np.int64]
    """Its first row."""
    rows: NDArray[np.int64]
    """How many it has, at least one."""
    at: NDArray[np.int64]
    """Its time, microseconds since 1970."""
    event: Keys
    """Key of the event id, as `core.statistics.keys.hashed` makes it, and `join` of what a label is joined on."""
    join: Keys
    values: NDArray[np.float64]
    """[rows of all requests, features], rounded to 32 bits; NaN where a cell is empty."""
    answers: NDArray[np.float64]
    """[rows] probabilities of the positive class, classes, or scores; rounded to 32 bits."""
    others: list[bytes]
    """The lines that were not read, without their line breaks; empty ones are left out."""
    turns: list[int]
    """How many of the requests stand before each of these lines."""


def scan(
    blocks: Iterable[bytes], width: int, target: Target = BINARY_TARGET, most: int | None = None
) -> Iterator[Scanned]:
    """Read blocks of whole lines whose rows have `width` cells, in parts of at most `most` requests and rows.

    `target` says what an answer looks like. A part goes over the ends of blocks, so that none of them is copied.
    """
    size = most or max(1, min(ROWS, CELLS // width))
    part = _Part(size, width, target.classes)
    for block in blocks:
        text, here = np.frombuffer(block, np.uint8), 0
        while here < len(text):
            here, full = part.fill(block, text, here)
            if full or part.held >= HELD:
                yield part.read()
                part = _Part(size, width, target.classes)
    if part.requests or part.others:
        yield part.read()


class _Part:
    """A part in the making."""

    def __init__(self, size: int, width: int, classes: int) -> None:
        self.requests, self.rows, self.held, self.classes = 0, 0, 0, classes
        self.others: list[bytes] = []
        self.turns: list[int] = []
        self._numbers = [np.empty(size, np.int64) for _ in range(3)]
        self._keys = [np.empty(size, np.uint64) for _ in range(2)]
        self._values, self._answers = np.empty((size, width)), np.empty(size)
        self._left = np.empty((3, LEFT), np.int64)
        self._notes = np.empty(16, np.int64)

    def fill(self, block: bytes, text: NDArray[np.uint8], here: int) -> tuple[int, bool]:
        """From where to go on, and whether there is no room for what stands there."""
        here, self.requests, self.rows, left = scan_lines(
            text,
            here,
            self._values.shape[1],
            self.requests,
            self.rows,
            *self._numbers,
            *self._keys,
            self._values,
            self._answers,
            *self._left,
            self.classes,
            self._notes,
        )
        found = self._left[:, :left].tolist()
        others = [block[start:end] for start, end in zip(*found[:2], strict=True)]
        self.others += others
        self.turns += found[2]
        self.held += sum(map(len, others))
        return here, here < len(text) and left < LEFT

    def read(self) -> Scanned:
        first, rows, at = (numbers[: self.requests] for numbers in self._numbers)
        event, join = (scattered(keys[: self.requests]) for keys in self._keys)
        values, answers = self._values[: self.rows], self._answers[: self.rows]
        return Scanned(first, rows, at, event, join, values, answers, self.others, self.turns)
