"""Rows with where they came from, and what was wrong with those that are not among them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from containers.payload import LARGEST, number


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of input that is not a usable row."""

    file: str
    line: int
    found: str
    accepted: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: found {self.found}; accepted is {self.accepted}"

    def to_json(self) -> str:
        return json.dumps(asdict(self))


@dataclass(slots=True)
class Collected:
    """What one source gave. `rows` and `labels` have one entry a row; `files` has the good rows of each file."""

    rows: list[Sequence[float]] = field(default_factory=list)
    labels: list[bool] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unlabelled: int = 0
    """Requests for which no label has arrived."""

    def add(self, file: str, row: Sequence[float], label: bool) -> None:
        self.rows.append(row)
        self.labels.append(label)
        self.files[file] = self.files.get(file, 0) + 1

    def join(self, other: Collected) -> None:
        self.rows += other.rows
        self.labels += other.labels
        self.files |= other.files
        self.faults += other.faults
        self.unlabelled += other.unlabelled


def feature(name: str, text: str) -> float:
    """A cell of a feature's column; NaN where it is empty. Raises ValueError that says what was found."""
    try:
        value = number(text)
    except ValueError as fault:
        raise ValueError(f"{name} {fault}") from None
    if abs(value) > LARGEST:
        raise ValueError(f"{name} {text[:40]!r}, too large for a 32-bit number")
    return value


def label(name: str, text: str) -> bool:
    """1 or 0, also as 1.0 or 0.0. Raises ValueError for anything else, an empty cell included."""
    try:
        value = number(text)
    except ValueError:
        value = -1.0
    if value not in (0.0, 1.0):
        raise ValueError(f"{name} {text[:40]!r}")
    return value == 1.0
