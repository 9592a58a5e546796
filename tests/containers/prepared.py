"""What the job that makes data sets reads in its tests, and what it left."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from containers.dataset import Dataset
from containers.folders import MlFolders
from containers.prepare.main import CAPTURE, GROUND_TRUTH, LABELLED, LINEAGE
from containers.prepare.selection import Selection
from core.contracts.capture import CapturedRequest, GroundTruth, Payload, hour_folder
from core.contracts.stages import TEST, TRAIN, VALIDATION
from tests.containers import making

START = datetime(2026, 11, 20, 8, tzinfo=UTC)
END = START + timedelta(hours=2)
RECENT = Selection(labelled=False, start=START, end=END)
ALL = Selection(labelled=True, start=None)
PREFIXES = {LABELLED: "s3://d/labelled/", CAPTURE: "s3://c/", GROUND_TRUTH: "s3://d/truth/"}


def write_csv(folders: MlFolders, data: Dataset, name: str = "a.csv", header: str = "ill,dose,age,site") -> Path:
    file = folders.processing_input(LABELLED) / name
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{int(label)},{','.join(map(repr, row))}"
        for label, row in zip(data.labels.tolist(), data.rows.tolist(), strict=True)
    ]
    file.write_text("\n".join([header, *lines]) + "\n")
    return file


def request(number: int, row: Sequence[float], at: datetime = START, **ids: str) -> CapturedRequest:
    body = Payload(",".join(map(repr, row)), "CSV", "text/csv")
    answer = Payload("1,0.99\n", "CSV", "text/csv")  # the model's own opinion, always the same
    return CapturedRequest(f"event-{number}", at, body, answer, **ids)


def write_requests(
    folders: MlFolders, requests: Sequence[CapturedRequest | str], labels: Mapping[str, object], late: timedelta
) -> None:
    """Requests in the folder of their hour, labels in the hour that they arrive."""
    capture = folders.processing_input(CAPTURE) / hour_folder(START) / "part.jsonl"
    truth = folders.processing_input(GROUND_TRUTH) / hour_folder(START + late) / "labels.jsonl"
    for file in (capture, truth):
        file.parent.mkdir(parents=True, exist_ok=True)
    capture.write_text("\n".join(one if isinstance(one, str) else one.line() for one in requests) + "\n")
    truth.write_text("\n".join(GroundTruth(key, str(label)).line() for key, label in labels.items()) + "\n")


def recent(folders: MlFolders, count: int = 300, late: timedelta = timedelta()) -> Dataset:
    """Labelled requests; returns what they say."""
    data = making.dataset(count, seed=11)
    requests = [request(number, row) for number, row in enumerate(data.rows.tolist())]
    labels = {f"event-{number}": int(label) for number, label in enumerate(data.labels)}
    write_requests(folders, requests, labels, late)
    return data


def outputs(folders: MlFolders) -> dict[str, Dataset]:
    return {name: Dataset.read(folders.processing_output(name)) for name in (TRAIN, VALIDATION, TEST)}


def lineage(folders: MlFolders) -> dict[str, object]:
    value: dict[str, object] = json.loads((folders.processing_output(TRAIN) / LINEAGE).read_text())
    return value


def as_set(data: Dataset) -> set[tuple[float, ...]]:
    return {(*row, float(label)) for row, label in zip(data.rows.tolist(), data.labels.tolist(), strict=True)}
