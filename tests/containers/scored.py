"""What transform jobs leave in the small world: answers beside their rows, manifests, and the runs over them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from containers.model import TrainedModel
from core.contracts.batch import BatchPolicy, answers_prefix, job_name
from core.contracts.capture import GroundTruth
from core.contracts.environment import BatchMonitorEnvironment
from tests.containers.world import JOB, NAMES, Memory, Rows, bucket

DUE = datetime(2026, 11, 20, 8, 17, tzinfo=UTC)
STARTED, ENDED = DUE + timedelta(minutes=3), DUE + timedelta(minutes=20)
TRANSFORM = job_name(NAMES, DUE)
PLACE = f"{bucket('data')}{answers_prefix(NAMES, TRANSFORM)}"
SOURCE = f"{bucket('data')}{NAMES.batch_prefix}rows/"
RUN = BatchMonitorEnvironment(
    *(JOB.team, JOB.environment, JOB.model, JOB.account, JOB.region),
    scheduled_at=ENDED.isoformat(),
    window_s=20 * 60,
    transform_job=TRANSFORM,
    due_at=DUE.isoformat(),
)
BATCH = BatchPolicy(24 * 3600, "ml.m5.large", 1, 3600, "rows", "all", True, "ml.m5.large")


@dataclass
class Store(Memory):
    """It tells of what is about to be written."""

    before_put: Callable[[str], None] = lambda uri: None
    """Called with the URI of each object that is to be written."""

    def put(self, uri: str, content: Path | bytes, content_type: str) -> None:
        self.before_put(uri)
        super().put(uri, content, content_type)


def store_of(memory: Memory) -> Store:
    """The small world, with batches."""
    return Store(dict(memory.objects), [], replace(memory.policy, batch=BATCH), memory.release)


def scored(
    store: Memory, model: TrainedModel, rows: Rows, name: str = "a.csv", joined: bool = True, run: datetime = DUE
) -> list[str]:
    """What the transform job that was due then leaves of these rows; returns the inference ids."""
    place, started = place_of(run), run + (STARTED - DUE)
    answers = model.probabilities(rows.values).tolist()
    read = [",".join(map(repr, row)) for row in rows.values.tolist()]
    ids = [f"{name}-{run:%d%H%M}-{number}" for number in range(len(answers))]
    told = [
        f"{int(answer >= 0.5)},{answer!r}, {id},{started:%Y-%m-%dT%H:%M:%SZ}"
        for answer, id in zip(answers, ids, strict=True)
    ]
    lines = [f"{row},{after}" for row, after in zip(read, told, strict=True)] if joined else told
    store.objects[f"{SOURCE}{name}"] = "\n".join(read).encode()
    store.objects[f"{place}{name}.out"] = ("\n".join(lines) + "\n").encode()
    written(store, [f"{name}.out"], place, started)
    return ids


def place_of(run: datetime) -> str:
    """Where the answers of the job that was due then lie."""
    return f"{bucket('data')}{answers_prefix(NAMES, job_name(NAMES, run))}"


def written(store: Memory, names: list[str], place: str = PLACE, started: datetime = STARTED) -> None:
    """A manifest names what was written."""
    key = f"{NAMES.batch_prefix}output/{started:%Y/%m/%d/%H}/{len(store.objects)}.jsonl"
    store.objects[bucket("capture") + key] = json.dumps([{"prefix": place}, *names], indent=1).encode()


def truths(ids: Sequence[str], rows: Rows) -> list[str]:
    """Lines of labels for the rows of a batch."""
    return [GroundTruth(id, str(int(found))).line() for id, found in zip(ids, rows.labels, strict=True)]
