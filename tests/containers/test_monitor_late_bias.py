"""Bias that only labels show, and that come late: the second look wakes the alarm, which the first could not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from containers.model import TrainedModel
from containers.monitor.late_labels import watch_endpoint
from core.contracts import metrics
from core.contracts.reports import BIAS_DRIFT
from tests.containers.test_monitor_late_labels import HORIZON, HOUR, LATER, NOW, asked, now_too, told
from tests.containers.world import END, JOB, POLICY, Memory, Rows, capture, captured, draw, latest, replace_objects, run


@pytest.fixture
def memory(made: tuple[Memory, TrainedModel]) -> Memory:
    own = replace_objects(made[0])
    own.policy = replace(own.policy, watch=replace(POLICY, labels_s=int(HORIZON.total_seconds())))
    return own


def unfair(seed: int) -> Rows:
    """Answers as ever; but what really happened to one kind is the opposite of what is answered."""
    rows = draw(600, seed)
    turned = rows.values[:, 3] == 2
    return Rows(rows.values, np.where(turned, ~rows.labels, rows.labels))


def told_values(memory: Memory, name: str) -> list[tuple[object, float]]:
    return [(datum["Timestamp"], datum["Value"]) for _, datum in memory.published if datum["MetricName"] == name]


def test_what_labels_show_of_a_group_wakes_the_alarm_when_they_have_come(memory: Memory, model: TrainedModel) -> None:
    asked(memory, model, unfair(3), HOUR * 30)
    watch_endpoint(JOB, memory)
    assert [value for _, value in told_values(memory, metrics.BIAS_DRIFT.name)] == [0], "answers show nothing"
    assert told(memory, metrics.BIAS_DRIFT_BY_LABELS.name) == []
    memory.published.clear()
    now_too(memory, model)
    watch_endpoint(LATER, memory)
    found = told_values(memory, metrics.BIAS_DRIFT.name)
    assert {at for at, _ in found} == {NOW}, "an alarm looks at the newest periods only"
    first, second = (value for _, value in found)
    assert (first, second > 0) == (0, True), (
        "the newest window's answers, then the older one's labels: the larger counts"
    )
    assert told_values(memory, metrics.BIAS_DRIFT_BY_LABELS.name) == [(NOW, second)]
    assert BIAS_DRIFT not in {one.check for one in latest(memory).violations}


def test_each_metric_of_bias_is_told_once_by_the_look_that_can(memory: Memory, model: TrainedModel) -> None:
    asked(memory, model, draw(300, 3), HOUR)
    now_too(memory, model)
    watch_endpoint(LATER, memory)
    groups = {one.group for one in latest(memory).bias}
    for name in ("DPPL", "DI", "CDDPL", "FT", "AD", "RD", "DPL", "TE"):
        at = told(memory, f"bias_metric_{name}")
        assert set(at) == {NOW}
        assert len(at) <= len(groups), f"{name} of a group has one data point"


def test_bias_by_labels_that_the_first_look_had_is_not_told_again(memory: Memory, model: TrainedModel) -> None:
    """The team asks for late labels only since."""
    late, memory.policy = memory.policy, replace(memory.policy, watch=POLICY)
    asked(memory, model, unfair(3), HOUR * 0)
    run(memory)
    assert told_values(memory, metrics.BIAS_DRIFT.name) == told_values(memory, metrics.BIAS_DRIFT_BY_LABELS.name)
    memory.policy = late
    memory.published.clear()
    capture(memory, (one.line() for one in captured(model, draw(300, 9), END + HORIZON - HOUR)), END + HORIZON - HOUR)
    watch_endpoint(LATER, memory)
    assert len(told(memory, metrics.BIAS_DRIFT.name)) == 1
    assert told(memory, metrics.BIAS_DRIFT_BY_LABELS.name) == []
