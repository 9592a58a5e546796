"""A large window on disk, and what reads it with one engine."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from containers.monitor.capture import Span
from containers.monitor.parts import Reader, in_turn, parts
from containers.monitor.window import Reading, Window
from containers.shell.lines import whole_lines
from containers.spark.session import spark
from core.contracts.policy import WatchPolicy
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.categories import Categories
from core.statistics.histogram import Histogram, quantile_edges

NUMBERS, CATEGORIES = 28, 2
FILES, ROWS = 4, 50_000
"""That are written, of so many rows each; a larger window reads them again, every time with other event ids."""
START = datetime(2026, 11, 20, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
COPY = b"copy-000000-"
SPARK = Path(__file__).parents[1] / "build" / "spark"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Copy:
    """A captured file of the window: one that lies on disk, with event ids of its own."""

    path: Path
    number: int
    size: int


def blocks(files: Sequence[Copy]) -> Iterator[bytes]:
    for file in files:
        name = b"copy-%06d-" % file.number
        with file.path.open("rb") as opened:
            chunks = iter(partial(opened.read, CHUNK), b"")
            yield from (block.replace(COPY, name) for block in whole_lines(chunks, str(file.path)))


def window(folder: Path, rows: int) -> list[Copy]:
    """Captured files with so many rows, in order."""
    found = sorted(folder.glob("*.jsonl"))
    copies = [(found[number % len(found)], number) for number in range(max(1, rows // ROWS))]
    return [Copy(path, number, path.stat().st_size) for path, number in copies]


def write(folder: Path) -> None:
    """Rows of numbers with seven digits and of categories; one row a request, as the guide shows the form."""
    random = np.random.default_rng(0)
    for file in range(FILES):
        numbers = random.normal(size=(ROWS, NUMBERS)).round(6).astype(str)
        categories = random.integers(0, 20, (ROWS, CATEGORIES)).astype(str)
        answers = random.random(ROWS).round(7).astype(str)
        rows = map(",".join, np.column_stack((numbers, categories)).tolist())
        lines = [
            _line(file, at, row, answer) for at, (row, answer) in enumerate(zip(rows, answers.tolist(), strict=True))
        ]
        (folder / f"{file}.jsonl").write_text("".join(lines))


def _line(file: int, at: int, row: str, answer: str) -> str:
    sides = [
        {"observedContentType": "text/csv", "mode": mode, "data": data, "encoding": "CSV"}
        for mode, data in (("INPUT", row), ("OUTPUT", f"{int(float(answer) >= 0.5)},{answer}"))
    ]
    time = (START + HOUR * (at / ROWS)).strftime("%Y-%m-%dT%H:%M:%SZ")
    meta = {"eventId": f"{COPY.decode()}{file}-{at:06d}", "inferenceTime": time}
    capture = {"endpointInput": sides[0], "endpointOutput": sides[1]}
    value = {"captureData": capture, "eventMetadata": meta, "eventVersion": "0"}
    return json.dumps(value, separators=(",", ":")) + "\n"


def reader(most: int = 20_000_000) -> Reader:
    """That reads `most` requests, where it is alone."""
    edges = quantile_edges(np.random.default_rng(1).normal(size=ROWS))
    numeric = Histogram(edges, np.ones(len(edges) + 1, np.int64))
    counts = Categories({str(each): ROWS // 20 for each in range(20)})
    answers = Histogram.of(np.linspace(0, 1, 101), np.random.default_rng(2).random(ROWS))
    kept = Histogram.of([0.0])
    features = [FeatureBaseline(f"n{at}", "numeric", 1, numeric, -5, 5, 0, kept, 0.01) for at in range(NUMBERS)]
    features += [
        FeatureBaseline(f"c{at}", "categorical", 1, counts, None, None, 1, kept, 0.01) for at in range(CATEGORIES)
    ]
    policy = WatchPolicy(most_requests=most)
    reading = Reading(Baseline(ROWS, tuple(features), answers), policy, 0.5, ("c0",))
    return Reader(reading, Span(START, START + HOUR, START), blocks)


def read(folder: Path, engine: str, rows: int) -> Window:
    cut = parts(window(folder, rows))
    if engine == "own":
        return in_turn(cut, reader(rows + 1))
    sys.path.append(str(SPARK))
    settings = {"spark.local.dir": str(folder / "scratch")}
    with spark("local[2]", settings) as cluster:
        return cluster(cut, reader())


def main() -> None:
    """FOLDER ENGINE ROWS. Not run as a file: Spark's processes must find what is in this module by its name."""
    folder, engine, rows = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    shape = read(folder, engine, rows).shape
    if (shape.rows, shape.unreadable) != (max(1, rows // ROWS) * ROWS, 0):
        raise ValueError(f"the window was not read as it is: {shape}")
