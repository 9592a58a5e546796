"""Labels that come after a window's end: the run that is due when they have had their time judges its quality, once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import cloudpickle
import pytest

from containers import shell
from containers.folders import MlFolders
from containers.model import TrainedModel
from containers.monitor.__main__ import started
from containers.monitor.late_labels import LateLabels, watch_endpoint
from containers.monitor.metrics import told_at
from containers.monitor.parts import Engine, Part, Reader, in_turn
from containers.monitor.window import Window
from containers.spark import secret
from containers.spark.__main__ import monitored
from containers.spark.cluster import Size
from containers.spark.hosts import Hosts
from core.contracts import metrics
from core.contracts.reports import BELOW, IMPORTANCE, LATEST, RECENT, MonitorReport, labels_prefix
from core.names import TeamNames
from tests.containers.world import (
    END,
    JOB,
    NAMES,
    POLICY,
    Memory,
    Rows,
    bucket,
    capture,
    captured,
    draw,
    label,
    labels,
    latest,
    replace_objects,
    run,
)

HOUR, HORIZON = timedelta(hours=1), timedelta(hours=48)
NOW = told_at(END + HORIZON)
LATER = replace(JOB, scheduled_at=(END + HORIZON).isoformat())
"""The run whose second look is at the window until END."""
LATE_REPORT = f"{bucket('reports')}{labels_prefix(NAMES.report_prefix)}{LATEST}"


@pytest.fixture
def memory(made: tuple[Memory, TrainedModel]) -> Memory:
    own = replace_objects(made[0])
    watch = replace(POLICY, labels_s=int(HORIZON.total_seconds()))
    own.policy = replace(own.policy, watch=watch)
    return own


def asked(memory: Memory, model: TrainedModel, rows: Rows, labelled_after: timedelta | None) -> None:
    """Requests in the hour until END, with labels that were collected so long after that."""
    requests = captured(model, rows)
    capture(memory, (one.line() for one in requests))
    if labelled_after is not None:
        label(memory, (one.line() for one in labels(requests, rows)), END + labelled_after)


def now_too(memory: Memory, model: TrainedModel) -> None:
    """Healthy requests of the window that ends with the later run."""
    start = END + HORIZON - HOUR
    capture(memory, (one.line() for one in captured(model, draw(300, 9), start)), start)


def told(memory: Memory, name: str) -> list[Any]:
    return [datum["Timestamp"] for _, datum in memory.published if datum["MetricName"] == name]


def test_a_model_that_became_wrong_is_seen_when_its_labels_have_come(memory: Memory, model: TrainedModel) -> None:
    asked(memory, model, draw(300, 3, flip=True), timedelta(hours=30))
    now_too(memory, model)
    said = watch_endpoint(LATER, memory)
    assert said.startswith("CompletedWithViolations: 1 violations (accuracy LessThanThreshold)"), said
    assert "That is of the window until 2026-11-20 09:00 UTC, by its labels." in said
    assert "Completed: Job completed successfully with no violations. 300 rows, 0 labels" in said
    report = MonitorReport.from_json(memory.objects[LATE_REPORT])
    assert (report.rows, report.labels, report.end) == (300, 300, "2026-11-20T09:00:00+00:00")
    assert BELOW in {violation.check for violation in report.violations}
    assert latest(memory).quality is None
    drop = memory.metric(metrics.QUALITY_DROP.name)
    assert drop is not None
    assert drop > 1


def test_quality_is_told_once_and_now_and_the_rows_of_both_looks_once(memory: Memory, model: TrainedModel) -> None:
    asked(memory, model, draw(300, 3), timedelta())
    watch_endpoint(JOB, memory)
    assert told(memory, metrics.QUALITY_DROP.name) == [], "whatever labels are there: early ones are not those of all"
    assert memory.metric(metrics.ROWS.name) == 300
    memory.published.clear()
    now_too(memory, model)
    watch_endpoint(LATER, memory)
    assert told(memory, metrics.QUALITY_DROP.name) == [NOW], "an alarm looks at the newest periods only"
    assert memory.metric(metrics.ROWS.name) == 300
    for name in (metrics.DRIFT, metrics.VIOLATIONS, metrics.ATTRIBUTION_DRIFT):
        assert told(memory, name.name) == [NOW]


def test_late_labels_give_the_quality_that_they_had_given_in_time(memory: Memory, model: TrainedModel) -> None:
    rows, at_once = draw(300, 3), replace_objects(memory)
    asked(memory, model, rows, timedelta(hours=47))
    watch_endpoint(LATER, memory)
    at_once.policy = replace(at_once.policy, watch=POLICY)
    asked(at_once, model, rows, timedelta())
    run(at_once)
    late = MonitorReport.from_json(memory.objects[LATE_REPORT])
    assert late.quality is not None
    assert late.quality == latest(at_once).quality


def test_labels_that_come_later_still_do_not_count(memory: Memory, model: TrainedModel) -> None:
    asked(memory, model, draw(300, 3, flip=True), HORIZON)
    said = watch_endpoint(LATER, memory)
    least = "it takes 50 labels, collected before 2026-11-22 09:00 UTC, of answers of the release that is in service."
    assert f"Its quality is not told: {least}" in said
    assert told(memory, metrics.QUALITY_DROP.name) == []


def test_what_the_first_look_told_is_not_told_again(memory: Memory, model: TrainedModel) -> None:
    """The team asks for late labels only since."""
    late, memory.policy = memory.policy, replace(memory.policy, watch=POLICY)
    asked(memory, model, draw(300, 3), timedelta())
    run(memory)
    memory.policy = late
    memory.published.clear()
    assert "Its quality is not told: the first look told it." in watch_endpoint(LATER, memory)
    assert told(memory, metrics.QUALITY_DROP.name) == []


def test_what_the_first_look_left_stays_as_it_is(memory: Memory, model: TrainedModel) -> None:
    asked(memory, model, draw(300, 3), timedelta(hours=5))
    watch_endpoint(JOB, memory)
    first = dict(memory.objects)
    now_too(memory, model)
    watch_endpoint(LATER, memory)
    changed = {key for key in memory.objects if memory.objects[key] != first.get(key)}
    own = f"{bucket('reports')}{NAMES.report_prefix}"
    of_first_looks = {key for key in changed & set(first) if not key.startswith(labels_prefix(own))}
    assert of_first_looks == {f"{own}{LATEST}", f"{own}{RECENT}", f"{own}{IMPORTANCE}"}
    assert not any(IMPORTANCE in key for key in memory.objects if key.startswith(labels_prefix(own)))
    assert latest(memory).end == "2026-11-22T09:00:00+00:00"


def test_without_the_setting_a_window_is_judged_at_its_end(memory: Memory, model: TrainedModel) -> None:
    memory.policy = replace(memory.policy, watch=POLICY)
    asked(memory, model, draw(300, 3), timedelta())
    watch_endpoint(JOB, memory)
    assert told(memory, metrics.QUALITY_DROP.name) == [told_at(END)]
    assert LATE_REPORT not in memory.objects


def test_the_program_of_the_image_looks_twice(memory: Memory, model: TrainedModel, folders: MlFolders) -> None:
    asked(memory, model, draw(300, 3), timedelta(hours=30))
    started(LATER.variables(), folders, memory)
    assert told(memory, metrics.QUALITY_DROP.name) == [NOW]


def of_several_hosts(memory: Memory, folders: MlFolders, here: str) -> tuple[str | None, int]:
    """What the program of one of two hosts says, and how often it let the cluster read."""
    folders.job.parent.mkdir(parents=True)
    folders.job.write_text(json.dumps({"ProcessingJobName": "j"}))
    told = {"current_host": here, "hosts": ["algo-1", "algo-2"], "network_interface_name": "eth0"}
    folders.hosts.write_text(json.dumps(told))
    read: list[int] = []

    def together(parts: Sequence[Part], reader: Reader) -> Window:
        read.append(len(parts))
        return in_turn(parts, reader)

    @contextmanager
    def join(hosts: Hosts, known: str, size: Size) -> Iterator[Engine | None]:
        yield together if hosts.first else None

    return monitored(LATER.variables(), folders, memory, join), len(read)


def test_the_program_of_several_hosts_looks_twice_and_both_times_by_all_of_them(
    memory: Memory, model: TrainedModel, folders: MlFolders
) -> None:
    asked(memory, model, draw(300, 3), timedelta(hours=30))
    now_too(memory, model)
    said, looks = of_several_hosts(memory, folders, "algo-1")
    assert told(memory, metrics.QUALITY_DROP.name) == [NOW]
    assert memory.metric(metrics.ROWS.name) == 300
    assert looks == 2
    assert said is not None
    assert said.endswith("by its labels.")


def test_a_host_that_helps_says_nothing_of_its_own(memory: Memory, model: TrainedModel, folders: MlFolders) -> None:
    asked(memory, model, draw(300, 3), timedelta(hours=30))
    secret.made(f"{bucket('reports')}{TeamNames(JOB.team, JOB.environment).cluster_key('j')}", memory)
    assert of_several_hosts(memory, folders, "algo-2") == (None, 0)
    assert memory.published == []


def test_before_the_first_release_there_is_nothing_to_judge(memory: Memory) -> None:
    memory.release = None
    assert watch_endpoint(LATER, memory).startswith("Completed: nothing is released yet")
    assert len(memory.published) == 1


def test_a_second_look_travels_to_the_workers_of_spark() -> None:
    reading = cloudpickle.loads(cloudpickle.dumps(LateLabels(shell, JOB, END, END).read_files))
    assert list(reading([])) == []
