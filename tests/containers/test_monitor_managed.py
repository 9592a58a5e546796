"""The monitor as a schedule of SageMaker starts it: four runs tell and leave what one of the own engine does."""

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
from containers.monitor.job import watch
from containers.monitor.managed import ManagedRun
from core.contracts import managed, metrics, reports
from core.contracts.managed import FILES, TYPES, Contract, MonitoringType
from core.names import VARIANT
from tests.containers.world import (
    END,
    JOB,
    NAMES,
    Memory,
    bucket,
    capture,
    captured,
    draw,
    label,
    labels,
    latest,
    released,
    replace_objects,
    run,
)

ROWS = 400


@pytest.fixture(scope="module")
def world() -> tuple[Memory, TrainedModel]:
    return released()


@pytest.fixture
def memory(world: tuple[Memory, TrainedModel]) -> Memory:
    """Labels have arrived; of the capture nothing lies in S3, for SageMaker brings it."""
    own, rows = replace_objects(world[0]), draw(ROWS, 40)
    label(own, [one.line() for one in labels(captured(world[1], rows), rows)])
    return own


@pytest.fixture
def folders(world: tuple[Memory, TrainedModel], tmp_path: Path) -> MlFolders:
    """The window's hour as SageMaker brings it, with an hour more than was asked for."""
    made = MlFolders(tmp_path)
    for hour, number in ((END - timedelta(hours=1), ROWS), (END - timedelta(hours=2), 50)):
        folder = made.at(managed.DATASET) / NAMES.endpoint / VARIANT / f"{hour:%Y/%m/%d/%H}"
        folder.mkdir(parents=True)
        lines = [one.line() for one in captured(world[1], draw(number, 40), hour)]
        (folder / "a.jsonl").write_text("\n".join(lines))
    return made


def variables(kind: str = "DataQuality", **changed: str | None) -> dict[str, str]:
    given: dict[str, str | None] = {
        **{name: value for name, value in JOB.variables().items() if name not in ("SCHEDULED_AT", "WINDOW_S")},
        "MONITORING_TYPE": kind,
        managed.SCHEDULE: NAMES.managed_monitor(kind),
        managed.DATASET_SOURCE: managed.DATASET,
        managed.DATASET_FORMAT: json.dumps({"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput"]}}),
        managed.OUTPUT_PATH: managed.OUTPUT,
        managed.START: "2026-11-20T08:00:00Z",
        managed.END: "2026-11-20T09:00:00Z",
        managed.PUBLISH: managed.ENABLED,
        **changed,
    }
    return {name: value for name, value in given.items() if value is not None}


def managed_run(memory: Memory, folders: MlFolders, kind: MonitoringType, **changed: str | None) -> str:
    contract = Contract.read(variables(kind, **changed))
    return watch(contract.job, ManagedRun(memory, contract, folders))


def told(memory: Memory) -> Iterator[tuple[Any, ...]]:
    for namespace, datum in memory.published:
        dimensions = tuple(sorted((each["Name"], each["Value"]) for each in datum["Dimensions"]))
        yield namespace, datum["MetricName"], datum["Timestamp"], dimensions


def own_run(world: tuple[Memory, TrainedModel], memory: Memory) -> Memory:
    own = replace_objects(memory)
    capture(own, [one.line() for one in captured(world[1], draw(ROWS, 40))])
    run(own)
    return own


def test_four_runs_publish_each_metric_of_one_own_run_once_and_no_other(
    world: tuple[Memory, TrainedModel], memory: Memory, folders: MlFolders
) -> None:
    own = own_run(world, memory)
    for kind in TYPES:
        managed_run(memory, folders, kind)
    assert Counter(told(memory)) == Counter(told(own))
    assert latest(memory).rows == latest(own).rows == ROWS


@pytest.mark.parametrize("kind", TYPES)
def test_each_leaves_its_files_and_only_data_quality_the_report_that_remediation_reads(
    kind: MonitoringType, memory: Memory, folders: MlFolders
) -> None:
    before = set(memory.objects)
    message = managed_run(memory, folders, kind)
    assert message.startswith("Completed")
    assert {file.name for file in folders.at(managed.OUTPUT).iterdir()} == set(FILES[kind])
    written = {uri for uri in memory.objects if uri not in before}
    assert (f"{bucket('reports')}{NAMES.report_prefix}{reports.LATEST}" in written) == (kind == "DataQuality")
    assert bool(written) == (kind == "DataQuality")


def test_metrics_that_are_switched_off_are_not_published(memory: Memory, folders: MlFolders) -> None:
    managed_run(memory, folders, "DataQuality", **{managed.PUBLISH: managed.DISABLED})
    assert memory.published == []


def test_constraints_that_the_definition_names_count(memory: Memory, folders: MlFolders) -> None:
    assert memory.release is not None
    shipped = json.loads(memory.objects[f"{memory.release.baseline_uri}{reports.CONSTRAINTS}"])
    (feature,) = [each for each in shipped["features"] if each["name"] == "kind"]
    feature["string_constraints"] = {"domains": ["1", "2"]}
    place = "/opt/ml/processing/baseline/constraints/constraints.json"
    folders.at(place).parent.mkdir(parents=True)
    folders.at(place).write_text(json.dumps(shipped))
    assert managed_run(memory, folders, "DataQuality").startswith("Completed:")
    found = managed_run(memory, folders, "DataQuality", **{managed.BASELINE_CONSTRAINTS: place})
    assert found.startswith("CompletedWithViolations")
    assert reports.CATEGORICAL_VALUES in found


def test_nothing_released_is_said_by_the_one_that_tells_of_rows(memory: Memory, folders: MlFolders) -> None:
    fresh = replace(memory, release=None)
    for kind in TYPES:
        managed_run(fresh, folders, kind)
    assert [datum["MetricName"] for _, datum in fresh.published] == [metrics.ROWS.name]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({managed.DATASET_SOURCE: None, managed.END: None}, "needs dataset_source, end_time"),
        ({managed.END: "soon"}, "end_time is 'soon'"),
        (
            {managed.START: "2026-11-20T08:00:00"},
            "start_time is '2026-11-20T08:00:00'; accepted: a time with an offset",
        ),
        ({managed.DATASET_FORMAT: '{"json": {}}'}, "accepted: sagemakerCaptureJson, csv"),
        ({managed.PUBLISH: "Yes"}, "accepted: Enabled, Disabled"),
        ({"MONITORING_TYPE": "Clarify"}, "MONITORING_TYPE is 'Clarify'"),
        ({"TEAM": None}, "needs TEAM"),
    ],
)
def test_what_the_contract_does_not_give_is_named(changed: dict[str, str | None], complaint: str) -> None:
    with pytest.raises((ValueError, LookupError), match=complaint):
        Contract.read(variables(**changed))


def test_without_a_schedule_of_sagemaker_it_is_the_own_engine() -> None:
    assert Contract.given(variables())
    assert not Contract.given(JOB.variables())
