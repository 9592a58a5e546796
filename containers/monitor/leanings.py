"""What the page tells of the versions of a model: what each leaned on."""

from __future__ import annotations

from dataclasses import dataclass

from core.contracts.importance import Importance, Shares, VersionImportance

NEWEST = 6
"""Versions that stand beside each other."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Shares of the attributions."""

    training: float
    window: float


@dataclass(frozen=True, slots=True)
class Line:
    """A feature or a group of features, with a cell for each version; None where the version did not have it."""

    name: str
    group: bool
    cells: tuple[Cell | None, ...]

    @property
    def most(self) -> float:
        return max((max(cell.training, cell.window) for cell in self.cells if cell), default=0.0)


@dataclass(frozen=True, slots=True)
class Leanings:
    """A table: `versions` are its columns, the newest last, `rows` what any of them leaned on, the weightiest first."""

    versions: tuple[VersionImportance, ...]
    rows: tuple[Line, ...]
    left: int
    """Versions before those."""


def leanings(importance: Importance) -> Leanings | None:
    """None where there are no two versions to compare."""
    known = importance.versions
    if len(known) < 2:
        return None
    shown = known[-NEWEST:]
    features = dict.fromkeys(name for one in shown for name in one.window)
    groups = dict.fromkeys(name for one in shown for name in one.window_groups)
    rows = [
        *(Line(name, False, tuple(_cell(one.training, one.window, name) for one in shown)) for name in features),
        *(
            Line(name, True, tuple(_cell(one.training_groups, one.window_groups, name) for one in shown))
            for name in groups
        ),
    ]
    ordered = sorted(rows, key=lambda row: (not row.group, -row.most))
    return Leanings(shown, tuple(ordered), len(known) - len(shown))


def _cell(training: Shares, window: Shares, name: str) -> Cell | None:
    return Cell(training[name], window[name]) if name in training and name in window else None
