"""Our side, by the functions that the monitor itself calls: `python -m bench.monitoring.ours NAME FOLDER [NUMBER]`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from itertools import islice
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

from bench.monitoring import stopwatch
from bench.monitoring.inputs import COLUMNS, GROUPS, NUMERIC, START, STRATA, requests
from core.contracts.policy import WatchPolicy
from core.fairness.assessment import assess
from core.fairness.tally import Tally
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.column import CategoricalColumn, Column, NumericColumn
from core.statistics.comparison import Distribution, distances, distribution_of
from core.statistics.distances import Floats
from core.statistics.histogram import Histogram, quantile_edges

BATCH = 16_384
"""Rows that the monitor counts at once."""
BLOCK = 1 << 20
"""Bytes that it reads at once."""
IN_FILE = 20_000
"""Requests of a captured file."""


def drift(folder: Path, runs: int) -> dict[str, Any]:
    """All distances of a window's columns from a baseline; and what it costs to make that baseline."""
    baseline, prepared = _prepared(folder)
    window = np.load(folder / "window.npy")

    def compared() -> dict[str, dict[str, float]]:
        return {
            feature.name: distances(feature, _counted(feature, column))
            for feature, column in zip(baseline.features, window, strict=True)
        }

    def described() -> dict[str, dict[str, float]]:
        columns = {
            feature.name: _column(feature, values) for feature, values in zip(baseline.features, window, strict=True)
        }
        return {
            feature.name: distances(feature, distribution_of(columns[feature.name])) for feature in baseline.features
        }

    copied = np.empty_like(window)
    return {
        "reference": prepared,
        "compared": stopwatch.timed(compared, runs, warm=True),
        "described": stopwatch.timed(described, 1, warm=True),
        "summed": stopwatch.timed(lambda: float(window.sum()), runs, warm=True),
        "copied": stopwatch.timed(lambda: np.copyto(copied, window), runs, warm=True),
        "bytes": window.nbytes,
    }


def _prepared(folder: Path) -> tuple[Baseline, dict[str, Any]]:
    """The baseline, and what it cost: the reference is not held any longer."""
    reference = np.load(folder / "reference.npy")
    told = stopwatch.timed(lambda: _baseline(reference))
    return told.pop("found"), told


def _counted(feature: FeatureBaseline, column: Floats) -> Distribution:
    parts = (column[at : at + BATCH] for at in range(0, len(column), BATCH))
    if isinstance(feature.distribution, Histogram):
        edges = feature.distribution.edges
        return reduce(add, (Histogram.of(edges, part) for part in parts))
    return reduce(add, (CategoricalColumn.of(part, []).categories for part in parts))


def _column(feature: FeatureBaseline, column: Floats) -> Column:
    """With all that the monitor keeps of a column: moments, a sketch of its quantiles, its most frequent values."""
    parts = (column[at : at + BATCH] for at in range(0, len(column), BATCH))
    if isinstance(feature.distribution, Histogram):
        edges = feature.distribution.edges
        return reduce(add, (NumericColumn.of(part, [], edges) for part in parts))
    return reduce(add, (CategoricalColumn.of(part, []) for part in parts))


def _baseline(reference: Floats) -> Baseline:
    features = []
    for at, column in enumerate(reference):
        numeric = at < NUMERIC
        edges = quantile_edges(column) if numeric else np.empty(0)
        features.append(
            FeatureBaseline(
                name=f"f{at}",
                kind="numeric" if numeric else "categorical",
                completeness=1.0,
                distribution=Histogram.of(edges, column) if numeric else CategoricalColumn.of(column, []).categories,
                minimum=float(column.min()) if numeric else None,
                maximum=float(column.max()) if numeric else None,
                most_common=1.0,
                attributions=Histogram.of(np.empty(0)),
                share=1 / COLUMNS,
                deviation=float(column.std()) if numeric else 0.0,
            )
        )
    return Baseline(reference.shape[1], tuple(features), Histogram.of(quantile_edges([0.0, 0.5, 1.0])))


def attribution(folder: Path, runs: int) -> dict[str, Any]:
    """Exact Shapley values of every row. Reading the model is told apart: it happens once a window."""
    from containers.boosting import xgboost
    from core.attribution.tree_shap import tree_shap
    from core.attribution.xgboost_trees import xgboost_ensemble

    booster = xgboost().Booster(model_file=folder / "model.json")
    raw, rows = booster.save_raw("json"), np.load(folder / "explained.npy").astype(np.float64)
    read = stopwatch.timed(lambda: xgboost_ensemble(raw), runs)
    ensemble = read.pop("found")
    explained = stopwatch.timed(lambda: tree_shap(ensemble, rows)[:, 0], runs, warm=True)
    np.save(folder / "ours.npy", explained.pop("found"))
    leaves = sum(len(tree.leaves) for tree in ensemble.trees) / len(ensemble.trees)
    return {"read": read, "explained": explained, "leaves": leaves}


def bias(folder: Path, runs: int) -> dict[str, Any]:
    """All metrics of every group, from the codes of each row."""
    group, stratum, label, answer = np.load(folder / "people.npy").astype(np.int64)
    names = [str(name) for name in range(GROUPS)]

    def assessed() -> dict[str, dict[str, float | None]]:
        sizes = {"groups": GROUPS, "strata": STRATA}
        parts = (slice(at, at + BATCH) for at in range(0, len(group), BATCH))
        tallies = (Tally.of(group[part], label[part], answer[part], stratum=stratum[part], **sizes) for part in parts)
        told = assess(reduce(add, tallies), names)
        return {one.group: {each.name: each.value for each in (*one.pre_training, *one.post_training)} for one in told}

    return {"assessed": stopwatch.timed(assessed, runs, warm=True)}


def capture(folder: Path, runs: int) -> dict[str, Any]:
    """Rows of a capture file: by the scanner alone, and with each request counted once, as the monitor reads them."""
    from containers.monitor.capture import Span, batches
    from containers.monitor.scanner import scan

    span = Span(START, START + timedelta(hours=1), START)

    def read(parts: Iterable[Floats]) -> dict[str, float]:
        rows, total = 0, 0.0
        for part in parts:
            rows, total = rows + len(part), total + part[:, 0].sum()
        return {"rows": rows, "sum": total}

    def parsed() -> dict[str, float]:
        return read(part.values for part in scan(_blocks(folder), COLUMNS))

    def gathered() -> dict[str, float]:
        return read(batch.cells.values for batch in batches(_blocks(folder), span, COLUMNS))

    return {
        "parsed": stopwatch.timed(parsed, runs, warm=True),
        "gathered": stopwatch.timed(gathered, runs, warm=True),
        "read": stopwatch.timed(lambda: sum(len(block) for block in _blocks(folder)), runs, warm=True),
    }


def kinds(folder: Path, runs: int) -> dict[str, Any]:
    """Rows with texts and with embeddings, each request counted once, as the monitor reads them."""
    from bench.monitoring.kinds import FEATURES, width
    from containers.monitor.capture import Span, batches

    span = Span(START, START + timedelta(hours=1), START)

    def gathered(kind: str) -> dict[str, float]:
        found = batches(_blocks(folder, f"{kind}.jsonl"), span, width(kind), features=FEATURES[kind])
        rows, unread = 0, 0
        for batch in found:
            rows, unread = rows + len(batch.cells.values), unread + int(np.isnan(batch.cells.values).sum())
        return {"rows": rows, "unread": unread}

    return {kind: stopwatch.timed(lambda kind=kind: gathered(kind), runs, warm=True) for kind in FEATURES}  # type: ignore[misc]


def _blocks(folder: Path, name: str = "capture.jsonl") -> Iterator[bytes]:
    """Whole lines of a capture file, as many as fit into a block."""
    with (folder / name).open("rb") as file:
        while block := file.read(BLOCK):
            yield block + file.readline()


@dataclass(frozen=True, slots=True)
class Made:
    """A captured file that is made as it is read: requests from `first` on."""

    first: int
    requests: int

    @property
    def size(self) -> int:
        return 670 * self.requests


def memory(folder: Path, count: int) -> dict[str, Any]:
    """Everything that the monitor keeps of a window of `count` requests, read file after file as it reads them."""
    from containers.monitor.capture import Span
    from containers.monitor.parts import Reader, in_turn, parts
    from containers.monitor.window import Reading

    baseline = _baseline(np.load(folder / "reference.npy", mmap_mode="r")[:, :1000])
    reading = Reading(baseline, WatchPolicy(), threshold=0.5, facets=())
    read = Reader(reading, Span(START, START + timedelta(hours=1), START), _made)
    files = [Made(first, min(IN_FILE, count - first)) for first in range(0, count, IN_FILE)]
    told = stopwatch.timed(lambda: in_turn(parts(files), read).shape.rows)
    return {"summarized": told, "rows": told["found"]}


def _made(files: Sequence[Made]) -> Iterator[bytes]:
    for file in files:
        lines = requests(file.requests, file.first)
        yield from iter(lambda lines=lines: b"".join(islice(lines, BLOCK // 670)), b"")  # type: ignore[misc]


if __name__ == "__main__":
    works = {"drift": drift, "attribution": attribution, "bias": bias, "capture": capture, "kinds": kinds}
    stopwatch.main({**works, "memory": memory})
