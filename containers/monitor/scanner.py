"""Captured requests at the speed of reading: lines of the documented form, compiled, straight into numbers.

A line is read here only if every byte of it is what SageMaker's guide shows: these members in this order, plain text
without escapes, CSV cells that are numbers or empty, as many answers as rows, a time in UTC. Every other line is left
to the reader of `capture`, which knows all forms; nothing is ever guessed. What is read here equals what that reader
makes of the same line, bit by bit: the tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from containers.monitor.scanner_kernel import scan_lines
from core.contracts.problem import Target
from core.statistics.keys import Keys, scattered

BINARY_TARGET = Target()
ROWS = 16_384
"""Of one part: what is held in memory at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """One entry a line; a line that was not read has no rows and `read` is False."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    """Where the line lies in the block, without its line break."""
    read: NDArray[np.bool_]
    first: NDArray[np.int64]
    """Its first row."""
    rows: NDArray[np.int64]
    at: NDArray[np.int64]
    """Time of the request, microseconds since 1970."""
    event: Keys
    """Key of the event id, as `core.statistics.keys.hashed` makes it, and `join` of what a label is joined on."""
    join: Keys
    values: NDArray[np.float64]
    """[rows of all lines, features], rounded to 32 bits; NaN where a cell is empty."""
    answers: NDArray[np.float64]
    """[rows] probabilities of the positive class, classes, or scores; rounded to 32 bits."""


def scan(block: bytes, width: int, target: Target = BINARY_TARGET, most: int = ROWS) -> Iterator[Scanned]:
    """Read a block of whole lines whose rows have `width` cells, in parts of at most `most` lines and rows.

    `target` says what an answer looks like.
    """
    text, here = np.frombuffer(block, np.uint8), 0
    while here < len(text):
        numbers = [np.zeros(most, np.int64) for _ in range(5)]
        start, end, first, rows, at = numbers
        read, event, join = np.zeros(most, np.bool_), np.zeros(most, np.uint64), np.zeros(most, np.uint64)
        values, answers = np.empty((most, width)), np.empty(most)
        here, count, kept = scan_lines(
            text, here, width, start, end, read, first, rows, at, event, join, values, answers, target.classes
        )
        lines = slice(count)
        yield Scanned(
            *(start[lines], end[lines], read[lines], first[lines], rows[lines], at[lines]),
            event=scattered(event[lines]),
            join=scattered(join[lines]),
            values=values[:kept],
            answers=answers[:kept],
        )
