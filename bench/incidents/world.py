"""A world to watch: ten features, what follows from them, and a model that learned it and was released."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from containers.baseline.main import main as make_baseline
from containers.boosting import xgboost
from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from containers.monitor.judge import judge
from containers.monitor.judgement import Judgement
from containers.monitor.watched import Watched
from core.contracts import reports, stages
from core.contracts.capture import CapturedRequest, GroundTruth, Payload
from core.contracts.evaluation import Evaluation
from core.contracts.policy import WatchPolicy
from core.contracts.release import Release
from core.contracts.signature import Feature, Signature
from core.fairness.analysis import baseline_values
from core.statistics.baseline import Baseline
from core.statistics.quality import quality

Values = NDArray[np.float64]
END = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TRAINED = 20_000
"""Rows of the training set, and of the test set."""
TREES = 200
TOGETHER = 50
"""Rows of a request."""
NUMBERS = ("important", "covered", "signed", "joined", "left", "right", "first", "second", "unused")
SIGNATURE = Signature(
    (*(Feature(name, "numeric") for name in NUMBERS), Feature("group", "categorical")), "y", ("group",)
)
XOR = Signature((Feature("a", "categorical"), Feature("b", "categorical")), "y")


@dataclass(frozen=True)
class Rows:
    """What is sent, and what turns out to be true of it."""

    values: Values
    labels: NDArray[np.bool_]


@dataclass(frozen=True)
class World:
    """`draw(rows, random)` makes rows as the training set's."""

    signature: Signature
    draw: Callable[[int, np.random.Generator], Values]
    odds: Callable[[Values], Values]
    """Log-odds of the label."""

    def rows(self, count: int, seed: int) -> Rows:
        random = np.random.default_rng(seed)
        return self.labelled(self.draw(count, random), random)

    def labelled(self, values: Values, random: np.random.Generator) -> Rows:
        return Rows(values, random.random(len(values)) < 1 / (1 + np.exp(-self.odds(values))))


def at(name: str) -> int:
    return SIGNATURE.names.index(name)


def _draw(count: int, random: np.random.Generator) -> Values:
    return np.column_stack(
        (random.normal(size=(count, len(NUMBERS))), random.choice([1, 2, 3], count, p=[0.5, 0.3, 0.2]))
    )


def _odds(values: Values) -> Values:
    """`left` and `right` act through their product, `first` and `second` by their sum; `unused` is noise."""
    part = {name: values[:, at(name)] for name in SIGNATURE.names}
    alone = part["important"] + part["covered"] + 1.2 * part["signed"] + 1.6 * part["joined"]
    return np.asarray(
        alone + 1.3 * part["left"] * part["right"] + 0.5 * (part["first"] + part["second"]) + 0.3 * (part["group"] == 2)
    )


def _pairs(count: int, random: np.random.Generator) -> Values:
    """Two coins that mostly show the same side."""
    a = random.integers(0, 2, count)
    return np.column_stack((a, a ^ (random.random(count) < 0.15))).astype(float)


def _xor(values: Values) -> Values:
    return np.where(values[:, 0] != values[:, 1], 4.0, -4.0)


WORLD = World(SIGNATURE, _draw, _odds)
COINS = World(XOR, _pairs, _xor)


@cache
def released(world: World) -> Watched:
    """The model, trained, evaluated on rows of its own and in service, with the baseline of the training pipeline."""
    training, test = world.rows(TRAINED, 1), world.rows(TRAINED, 2)
    settings = {"objective": "binary:logistic", "max_depth": 4, "eta": 0.1, "nthread": 1, "seed": 0}
    matrix = xgboost().DMatrix(training.values, training.labels)
    model = TrainedModel(world.signature, XgboostModel(xgboost().train(settings, matrix, TREES)))
    answers = model.probabilities(test.values).astype(np.float64)
    metrics = quality(test.labels, answers >= 0.5, answers)
    with TemporaryDirectory() as root:
        folders = MlFolders(Path(root))
        Dataset(world.signature, training.values, training.labels).write(folders.processing_input(stages.TRAIN))
        model.save(folders.processing_input(stages.MODEL))
        make_baseline(folders)
        left = folders.processing_output(stages.BASELINE)
        return Watched(
            schedule="simulated-monitor",
            policy=WatchPolicy(),
            release=Release("simulated", "simulated-1", "package/1", "", "", "", (END - 24 * HOUR).isoformat()),
            model=model,
            baseline=Baseline.from_json((left / stages.BASELINE_FILE).read_bytes()),
            constraints=json.loads((left / reports.CONSTRAINTS).read_bytes()),
            evaluation=Evaluation(
                "BETTER", "", TRAINED, "accuracy", metrics["accuracy"], None, 0.0, 0.0, 0.95, metrics, {}
            ),
            bias=baseline_values(json.loads((left / reports.ANALYSIS).read_bytes())),
            recent=(),
        )


def monitored(watched: Watched, rows: Rows, before: Judgement | None = None) -> Judgement:
    """One window with these rows, all labelled, through the monitor; `before` is the window before it."""
    requests = list(_requests(watched.model, rows.values))
    labels = np.array_split(rows.labels, range(TOGETHER, len(rows.labels), TOGETHER))
    captured = "\n".join(request.line() for request in requests).encode()
    truth = [
        GroundTruth(request.join_id, "\n".join(str(int(label)) for label in part)).line().encode()
        for request, part in zip(requests, labels, strict=True)
    ]
    if before is not None:
        watched = replace(watched, recent=(replace(before.counted, end=END - HOUR),))
    return judge(watched, END - HOUR, END, [captured], truth)


def _requests(model: TrainedModel, values: Values) -> Iterator[CapturedRequest]:
    answers = model.probabilities(values).tolist()
    for start in range(0, len(values), TOGETHER):
        sent, said = io.StringIO(), "\n".join(f"{int(p >= 0.5)},{p!r}" for p in answers[start : start + TOGETHER])
        np.savetxt(sent, values[start : start + TOGETHER], fmt="%.7g", delimiter=",")
        yield CapturedRequest(
            event_id=f"event-{start}",
            at=END - HOUR,
            request=Payload(sent.getvalue().replace("nan", "").rstrip("\n"), "CSV", "text/csv"),
            response=Payload(said, "CSV", "text/csv"),
        )
