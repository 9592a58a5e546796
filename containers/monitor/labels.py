"""Labels that arrived, joined with the answers of the window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from containers.monitor.batch import join_keys
from containers.targets import Labels, as_labels, read_label
from core.contracts.capture import GroundTruth
from core.contracts.problem import BINARY, Target
from core.statistics.distances import Floats
from core.statistics.keys import Keys, hashed
from core.statistics.sample import Sample

BATCH = 4096
BINARY_LABELS = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0}


@dataclass(frozen=True, slots=True)
class Labelled:
    """Answers whose label is known; both lists have one entry a row."""

    labels: Labels
    answered: Floats
    """Rows of `Window.answered`: the answer, then the codes of groups."""
    unreadable: int
    """Lines of labels that could not be read."""

    @property
    def answers(self) -> Floats:
        return self.answered[:, 0]


def join_labels(answered: Sample, lines: Iterable[bytes], target: Target) -> Labelled:
    """Labels of the answers in `answered`. Where several lines label one answer, the last line counts."""
    found = np.full(len(answered.keys), np.nan)
    unreadable = 0
    remaining = iter(lines)
    while batch := list(islice(remaining, BATCH)):
        read = [_parsed(line, target) for line in batch]
        unreadable += read.count(None)
        _place(found, answered, [truth for truth in read if truth is not None])
    known = ~np.isnan(found)
    return Labelled(as_labels(target, found[known]), answered.rows[known], unreadable)


def _place(found: Floats, answered: Sample, truths: list[tuple[str, list[float]]]) -> None:
    """Assignment in the order of the lines, so that a later one wins."""
    if not truths or not len(answered.keys):
        return
    ids = hashed([name for name, _ in truths])
    keys: Keys = np.concatenate([join_keys(key, len(labels)) for key, (_, labels) in zip(ids, truths, strict=True)])
    labels = np.array([label for _, row in truths for label in row])
    at = np.minimum(np.searchsorted(answered.keys, keys), len(answered.keys) - 1)
    hit = answered.keys[at] == keys
    for position, label in zip(at[hit].tolist(), labels[hit].tolist(), strict=True):
        found[position] = label


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
