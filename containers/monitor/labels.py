"""Labels that arrived, joined with the answers of the window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from containers.monitor.batch import join_keys
from containers.monitor.joinable import Joinable
from containers.targets import Labels, as_labels, read_label
from core.contracts.capture import GroundTruth
from core.contracts.problem import BINARY, Target
from core.contracts.reports import LabelLines
from core.statistics.distances import Floats
from core.statistics.keys import Keys, hashed

BATCH = 4096
BINARY_LABELS = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0}


@dataclass(frozen=True, slots=True)
class Labelled:
    """Answers whose label is known; both lists have one entry a row."""

    labels: Labels
    answered: Floats
    """Rows of `Window.answered`: the answer, then the codes of groups."""
    lines: LabelLines = field(default_factory=LabelLines)
    """What became of the lines of labels."""

    @property
    def answers(self) -> Floats:
        return self.answered[:, 0]


def join_labels(answered: Joinable, lines: Iterable[bytes], target: Target) -> Labelled:
    """Labels of the answers in `answered`. Where several lines label one answer, the last line counts; lines for an id
    that several requests bear are left out."""
    joining = _Joining(answered)
    remaining = iter(lines)
    while batch := list(islice(remaining, BATCH)):
        joining.add([_parsed(line, target) for line in batch])
    known = ~np.isnan(joining.found)
    return Labelled(as_labels(target, joining.found[known]), answered.rows[known], joining.lines)


class _Joining:
    """What was found so far."""

    def __init__(self, answered: Joinable) -> None:
        self.found = np.full(len(answered.keys), np.nan)
        self.lines = LabelLines(sampled=answered.sampled)
        self._keys, self._alone = answered.keys, answered.alone
        self._usable = answered.answered & answered.alone

    def add(self, read: list[tuple[str, list[float]] | None]) -> None:
        truths = [truth for truth in read if truth is not None]
        joined, ambiguous = self._place(truths) if truths and len(self._keys) else (0, 0)
        self.lines += LabelLines(len(read), joined, len(read) - len(truths), ambiguous)

    def _place(self, truths: list[tuple[str, list[float]]]) -> tuple[int, int]:
        """How many lines were joined, and how many are ambiguous. Assignment in the order of the lines, so that a later
        one wins."""
        ids = hashed([name for name, _ in truths])
        keys: Keys = np.concatenate([join_keys(key, len(labels)) for key, (_, labels) in zip(ids, truths, strict=True)])
        line = np.repeat(np.arange(len(truths)), [len(labels) for _, labels in truths])
        labels = np.array([label for _, row in truths for label in row])
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        hit = self._keys[at] == keys
        usable = hit & self._usable[at]
        for position, label in zip(at[usable].tolist(), labels[usable].tolist(), strict=True):
            self.found[position] = label
        return _different(line[usable]), _different(line[hit & ~self._alone[at]])


def _different(lines: NDArray[np.int64]) -> int:
    return len(np.unique(lines))


def _parsed(line: bytes, target: Target) -> tuple[str, list[float]] | None:
    """Join id and label of each row of a request; None for a line that is no label."""
    try:
        truth = GroundTruth.parse(line)
        cells = truth.label.replace("\n", ",").split(",")
        binary = target.problem == BINARY
        labels = [BINARY_LABELS[cell.strip()] if binary else read_label(target, cell) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return (truth.event_id, labels) if isinstance(truth.event_id, str) else None
