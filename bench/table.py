"""What a benchmark hands on: figures for machines, a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BAR = r"\|"
"""Within a cell."""


@dataclass(frozen=True, slots=True)
class Result:
    """`figures` goes to build/bench/<name>.json, the rest to docs/benchmarks.md."""

    name: str
    title: str
    says: str
    """What is measured against what, in a sentence or two."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: dict[str, Any]
    failed: tuple[str, ...] = ()
    """What could not be measured; the rows say why."""

    def markdown(self) -> str:
        head = f"| {' | '.join(self.columns)} |\n|{' --- |' * len(self.columns)}\n"
        body = "".join(f"| {' | '.join(cell.replace('|', BAR) for cell in row)} |\n" for row in self.rows)
        return f"## {self.title}\n\n{self.says}\n\n{head}{body}"


def ratio(ours: float, peer: float) -> str:
    return f"{ours / peer:.2f}" if peer else "-"


def cells(*values: float, digits: int = 2) -> Sequence[str]:
    return [f"{value:,.{digits}f}" for value in values]
