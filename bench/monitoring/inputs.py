"""What both sides read: tables, a model, rows of people and captured requests, the same for the same sizes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NUMERIC = 20
LEVELS = (2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Columns of categories, by how many there are; they are written as numbers, as the monitors' models take them."""
COLUMNS = NUMERIC + len(LEVELS)
SHIFTED, SHIFT = 7, 0.5
"""The numeric column that has moved in the window, and by how many standard deviations."""
TREES, DEPTH = 300, 6
GROUPS, STRATA = 5, 20
START = datetime(2026, 11, 20, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows of each measurement."""

    drift: int
    explained: int
    trained: int
    people: int
    captured: int
    window: int
    """Of the smallest window of the measurement of memory."""
    texts: int
    embeddings: int
    """Requests with one."""

    @classmethod
    def scaled(cls, scale: float) -> Sizes:
        """1 is what the goals are about; far below it, sizes stay large enough to be worth a measurement at all."""
        full = cls(1_000_000, 2000, 10_000, 1_000_000, 200_000, 62_500, 20_000, 5_000)
        return cls(**{name: max(round(size * scale), 200) for name, size in asdict(full).items()})


def prepare(folder: Path, sizes: Sizes) -> None:
    """Write what is not there yet. Raises nothing of its own."""
    made, wanted = folder / "made.json", json.dumps({**asdict(sizes), "version": 2})
    if made.exists() and made.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    np.save(folder / "reference.npy", table(sizes.drift, seed=1))
    np.save(folder / "window.npy", table(sizes.drift, seed=2, shift=SHIFT))
    _model(folder, sizes)
    np.save(folder / "people.npy", people(sizes.people))
    with (folder / "capture.jsonl").open("wb") as file:
        file.writelines(requests(sizes.captured))
    _kinds(folder, sizes)
    made.write_text(wanted)


def _kinds(folder: Path, sizes: Sizes) -> None:
    """`<kind>.jsonl`: captured requests that hold more than numbers."""
    from bench.monitoring import kinds

    for kind in kinds.FEATURES:
        with (folder / f"{kind}.jsonl").open("wb") as file:
            file.writelines(kinds.requests(kind, getattr(sizes, kind)))


def table(rows: int, seed: int, shift: float = 0.0) -> Floats:
    """[columns, rows]: normal numbers, then categories, the lower ones more frequent."""
    random = np.random.default_rng(seed)
    columns = [random.normal(shift if at == SHIFTED else 0, 1, rows) for at in range(NUMERIC)]
    columns += [np.floor(levels * random.random(rows) ** 2) for levels in LEVELS]
    return np.array(columns).astype(np.float32).astype(np.float64)


def _model(folder: Path, sizes: Sizes) -> None:
    """An xgboost model of 300 trees of depth 6 over 30 numbers, and rows to be explained."""
    from containers.boosting import xgboost

    random = np.random.default_rng(3)
    rows = random.normal(size=(sizes.trained, COLUMNS)).astype(np.float32)
    odds = rows[:, 0] * rows[:, 1] + rows[:, 2] + 0.5 * rows[:, 3:10].sum(axis=1)
    labels = odds + random.normal(size=len(rows)) > 0
    told = {"objective": "binary:logistic", "max_depth": DEPTH, "eta": 0.1, "nthread": 1}
    xgboost().train(told, xgboost().DMatrix(rows, labels, nthread=1), TREES).save_model(folder / "model.json")
    np.save(folder / "explained.npy", random.normal(size=(sizes.explained, COLUMNS)).astype(np.float32))


def people(rows: int) -> Floats:
    """[4, rows]: group, stratum, label, answer; the groups are treated differently."""
    random = np.random.default_rng(4)
    group, stratum = np.floor(GROUPS * random.random(rows) ** 2), random.integers(0, STRATA, rows)
    label = random.random(rows) < 0.3 + 0.05 * group
    answer = random.random(rows) < np.where(label, 0.7, 0.2 + 0.03 * group)
    return np.array((group, stratum, label, answer), float)


def requests(count: int, first: int = 0) -> Iterator[bytes]:
    """Lines of a capture file as the guide shows them, one row a request, over an hour; `first` is their number.

    Their numbers are those of 4,096 different rows, so that a window of any size costs no memory to make.
    """
    random = np.random.default_rng(5)
    kept = random.normal(size=(4096, COLUMNS)).astype(np.float32)
    answers = random.random(len(kept)).astype(np.float32)
    before = '{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"'
    between = '","encoding":"CSV"},"endpointOutput":{"observedContentType":"text/csv","mode":"OUTPUT","data":"'
    rows = [
        f'{before}{",".join(map(str, row))}{between}{int(answer >= 0.5)},{answer!s}","encoding":"CSV"}}}},'
        for row, answer in zip(kept, answers, strict=True)
    ]
    times = [(START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ") for second in range(3600)]
    for at in range(first, first + count):
        told = (
            f'"eventMetadata":{{"eventId":"{at:08x}-5a1e-4c0f-9d3b-0123456789ab","inferenceTime":"{times[at % 3600]}"}}'
        )
        yield f'{rows[at % len(rows)]}{told},"eventVersion":"0"}}\n'.encode()
