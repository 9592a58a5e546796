"""Rows with where they came from, and what was wrong with those that are not among them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from containers.numbers import LARGEST, number
from containers.targets import read_label
from core.contracts.problem import BINARY, Target


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
    labels: list[float] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unlabelled: int = 0
    """Requests for which no label has arrived."""
    ambiguous: int = 0
    """Requests that bear the same id as others: nobody knows for which of them a label is."""

    def add(self, file: str, row: Sequence[float], label: float) -> None:
        self.rows.append(row)
        self.labels.append(label)
        self.files[file] = self.files.get(file, 0) + 1

    def join(self, other: Collected) -> None:
        self.rows += other.rows
        self.labels += other.labels
        self.files |= other.files
        self.faults += other.faults
        self.unlabelled += other.unlabelled
        self.ambiguous += other.ambiguous


def feature(name: str, text: str) -> float:
    """A cell of a feature's column; NaN where it is empty. Raises ValueError that says what was found."""
    try:
        value = number(text)
    except ValueError as fault:
        raise ValueError(f"{name} {fault}") from None
    if abs(value) > LARGEST:
        raise ValueError(f"{name} {text[:40]!r}, too large for a 32-bit number")
    return value


def label(name: str, text: str, target: Target) -> float:
    """1 or 0, a class, or a number, by what the model answers. Raises ValueError for anything else, an empty cell
    included."""
    try:
        value = read_label(target, text)
    except ValueError as fault:
        raise ValueError(f"{name} {fault}") from None
    return value == 1.0 if target.problem == BINARY else value
