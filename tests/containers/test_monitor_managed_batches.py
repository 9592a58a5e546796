"""The monitor as a schedule of SageMaker starts it over transform jobs: it tells what the platform's run tells."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from containers.folders import MlFolders
from containers.model import TrainedModel
from containers.monitor.batch_run import watch_batch
from containers.monitor.managed_batches import NONE, watch_batches
from core.contracts import managed, reports
from core.contracts.batch import answers_prefix, job_name
from core.contracts.managed import FILES, TYPES, Contract, MonitoringType
from tests.containers.test_monitor_batch_run import BATCH, DUE, RUN, Store, newest, scored, written
from tests.containers.test_monitor_managed import variables
from tests.containers.world import NAMES, Memory, bucket, draw

CSV = json.dumps({"csv": {"header": "false"}})
HOUR = {managed.START: "2026-11-20T08:00:00Z", managed.END: "2026-11-20T09:00:00Z"}


@pytest.fixture
def store(made: tuple[Memory, TrainedModel]) -> Store:
    memory = made[0]
    return Store(dict(memory.objects), [], replace(memory.policy, batch=BATCH), memory.release)


@pytest.fixture
def folders(tmp_path: Path) -> MlFolders:
    return MlFolders(tmp_path)


def run_of(kind: MonitoringType, store: Store, folders: MlFolders, **times: str) -> str:
    contract = Contract.read(variables(kind, **{managed.DATASET_FORMAT: CSV, **HOUR, **times}))
    return watch_batches(contract, store, folders)


def told(store: Store) -> Iterator[tuple[Any, ...]]:
    for namespace, datum in store.published:
        dimensions = tuple(sorted((each["Name"], each["Value"]) for each in datum["Dimensions"]))
        yield namespace, datum["MetricName"], datum["Timestamp"], dimensions


def test_four_runs_tell_each_metric_of_the_platforms_run_once_and_no_other(
    store: Store, model: TrainedModel, folders: MlFolders
) -> None:
    scored(store, model, draw(300, 1))
    own = Store(dict(store.objects), [], store.policy, store.release)
    watch_batch(RUN, own)
    for kind in TYPES:
        assert run_of(kind, store, folders).startswith("Completed")
    assert Counter(told(store)) == Counter(told(own))
    assert {at for _, _, at, _ in told(store)} == {DUE}
    assert (newest(store).rows, newest(store).schedule) == (300, NAMES.batch)


@pytest.mark.parametrize("kind", TYPES)
def test_each_leaves_its_files_and_data_quality_alone_the_batchs_report(
    kind: MonitoringType, store: Store, model: TrainedModel, folders: MlFolders
) -> None:
    scored(store, model, draw(300, 1))
    before = set(store.objects)
    run_of(kind, store, folders)
    assert {file.name for file in folders.at(managed.OUTPUT).iterdir()} == set(FILES[kind])
    left = set(store.objects) - before
    assert all(uri.startswith(f"{bucket('reports')}{NAMES.batch_prefix}") for uri in left)
    assert any(uri.endswith(reports.LATEST) for uri in left) == (kind == "DataQuality")


def test_a_job_that_was_due_before_the_window_is_watched_in_the_hour_in_which_it_wrote(
    store: Store, model: TrainedModel, folders: MlFolders
) -> None:
    scored(store, model, draw(300, 1))
    lists = [uri for uri in store.objects if uri.startswith(bucket("capture"))]
    for uri in lists:
        store.objects[uri.replace("/2026/11/20/08/", "/2026/11/20/09/")] = store.objects.pop(uri)
    assert run_of("DataQuality", store, folders) == NONE
    assert store.published == []
    next_hour = {managed.START: HOUR[managed.END], managed.END: "2026-11-20T10:00:00Z"}
    run_of("DataQuality", store, folders, **next_hour)
    assert newest(store).rows == 300


def test_two_jobs_of_one_window_are_told_apart(store: Store, model: TrainedModel, folders: MlFolders) -> None:
    scored(store, model, draw(300, 1))
    earlier = DUE - timedelta(minutes=9)
    place = f"{bucket('data')}{answers_prefix(NAMES, job_name(NAMES, earlier))}"
    content = next(store.objects[uri] for uri in store.objects if uri.endswith("a.csv.out"))
    store.objects[f"{place}x.csv.out"] = b"\n".join(content.splitlines()[:200]) + b"\n"
    written(store, ["x.csv.out"], place)
    run_of("DataQuality", store, folders)
    rows = {datum["Timestamp"]: datum["Value"] for _, datum in store.published if datum["MetricName"] == "rows"}
    assert rows == {earlier: 200, DUE: 300}
    found = [uri for uri in store.objects if uri.endswith(f"/{reports.REPORT}") and "/batch/" in uri]
    assert len(found) == 2
    assert newest(store).rows == 300, "the newest batch is the latest report"


def test_what_other_jobs_wrote_is_none_of_its_business(store: Store, folders: MlFolders) -> None:
    place = f"{bucket('data')}{answers_prefix(NAMES, 'somebody-s-own-job')}"
    written(store, ["x.csv.out"], place)
    written(store, ["x.csv.out"], f"{bucket('data')}elsewhere/")
    assert run_of("DataQuality", store, folders) == NONE


def test_rows_of_a_batch_are_read_in_csv_and_requests_as_captured() -> None:
    assert Contract.read(variables(**{managed.DATASET_FORMAT: CSV})).of_batches
    assert not Contract.read(variables()).of_batches
    for unknown in ('{"parquet": {}}', "csv", "[]"):
        with pytest.raises(ValueError, match="accepted: sagemakerCaptureJson, csv"):
            Contract.read(variables(**{managed.DATASET_FORMAT: unknown}))
