"""Labels that arrived, joined with the answers of the window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from containers.monitor.capture import join_key
from core.contracts.capture import GroundTruth
from core.statistics.distances import Floats
from core.statistics.sample import Sample, hashed

BATCH = 4096
LABELS = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0}


@dataclass(frozen=True, slots=True)
class Labelled:
    """Answers whose label is known; both lists have one entry a row."""

    labels: NDArray[np.bool_]
    probabilities: Floats
    unreadable: int
    """Lines of labels that could not be read."""


def join_labels(answered: Sample, lines: Iterable[bytes]) -> Labelled:
    """Labels of the answers in `answered`. Where several lines label one answer, the last line counts."""
    found = np.full(len(answered.hashes), np.nan)
    unreadable = 0
    remaining = iter(lines)
    while batch := list(islice(remaining, BATCH)):
        keys: list[str] = []
        labels: list[float] = []
        for line in batch:
            pairs = list(_parsed(line))
            unreadable += not pairs
            keys += [key for key, _ in pairs]
            labels += [label for _, label in pairs]
        _place(found, answered, keys, labels)
    known = ~np.isnan(found)
    return Labelled(found[known] == 1, answered.rows[known, 0], unreadable)


def _place(found: Floats, answered: Sample, keys: list[str], labels: list[float]) -> None:
    """Assignment in the order of the lines, so that a later one wins."""
    if not keys or not len(answered.hashes):
        return
    hashes = hashed(keys)
    at = np.minimum(np.searchsorted(answered.hashes, hashes), len(answered.hashes) - 1)
    hit = answered.hashes[at] == hashes
    for position, label in zip(at[hit].tolist(), np.array(labels)[hit].tolist(), strict=True):
        found[position] = label


def _parsed(line: bytes) -> Iterator[tuple[str, float]]:
    """(join key, label) of each row of a request; nothing for a line that is no label."""
    try:
        truth = GroundTruth.parse(line)
        cells = truth.label.replace("\n", ",").split(",")
        labels = [LABELS[cell.strip()] for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
    if isinstance(truth.event_id, str):
        yield from ((join_key(truth.event_id, row, len(labels)), label) for row, label in enumerate(labels))
