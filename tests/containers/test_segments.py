"""Parts of a window in which the model got worse are told, also where the whole window looks well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from containers.model import TrainedModel
from containers.monitor.segments import fell
from core.contracts import reports
from core.contracts.policy import WatchPolicy
from core.contracts.reports import MonitorReport, QualityReport, SegmentReport
from core.diagnosis import Diagnosis, Verdict, diagnose
from tests.containers.world import (
    POLICY,
    Memory,
    Rows,
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

World = tuple[Memory, TrainedModel]
WATCHED = replace(POLICY, segments=("kind",))


@pytest.fixture(scope="module")
def world() -> World:
    return released(4000)


def told(world: World, rows: Rows, watched: WatchPolicy = WATCHED) -> tuple[MonitorReport, Diagnosis, Memory]:
    """One window with these rows and their labels through the job."""
    memory, model = replace_objects(world[0]), world[1]
    memory.policy = replace(memory.policy, watch=watched)
    requests = captured(model, rows)
    capture(memory, (one.line() for one in requests))
    label(memory, (one.line() for one in labels(requests, rows)))
    run(memory)
    report = latest(memory)
    return report, diagnose(report, watched), memory


def wrong_for(model: TrainedModel, rows: Rows, kind: float, share: float) -> Rows:
    """Labels say the opposite of what the model does, for that share of one kind's rows."""
    of_kind = np.flatnonzero(rows.values[:, 3] == kind)
    turned = of_kind[: int(len(of_kind) * share)]
    labels = rows.labels.copy()
    labels[turned] = model.probabilities(rows.values[turned]) < 0.5
    return Rows(rows.values, labels)


def test_a_part_that_collapsed_is_the_verdict_though_the_whole_window_holds(world: World) -> None:
    rows = wrong_for(world[1], draw(3000, 5), kind=3.0, share=0.35)
    report, diagnosis, memory = told(world, rows)
    assert report.quality is not None
    assert report.quality.loss < WATCHED.quality_drop, "the whole window would be told anyway"
    assert (memory.metric("quality_drop") or 0.0) > 1, "its alarm hears of it"
    assert [segment.value for segment in report.segments if segment.fell] == ["3"]
    assert [one.feature for one in report.violations if one.check == reports.BELOW] == ["accuracy of kind=3"]
    assert (diagnosis.verdict, diagnosis.features) == (Verdict.REAL_DRIFT, ("kind",))


@pytest.mark.parametrize("seed", range(5))
def test_parts_as_they_were_are_none(world: World, seed: int) -> None:
    report, diagnosis, _ = told(world, draw(1500, 100 + seed))
    assert len(report.segments) >= 3
    assert all(segment.before is not None for segment in report.segments)
    assert not any(segment.fell for segment in report.segments)
    assert diagnosis.verdict is Verdict.HEALTHY


def test_a_part_with_few_held_out_rows_is_shown_and_not_judged(world: World) -> None:
    rows = wrong_for(world[1], draw(6000, 6), kind=3.0, share=0.35)
    report, *_ = told(world, rows, replace(WATCHED, minimum_labels=1000))
    assert {segment.before for segment in report.segments} == {None}
    assert not any(segment.fell for segment in report.segments)


def test_a_report_with_parts_is_read_as_it_was_written(world: World) -> None:
    report, *_ = told(world, wrong_for(world[1], draw(3000, 7), kind=3.0, share=0.35))
    assert MonitorReport.from_json(report.to_json()) == report


@pytest.mark.parametrize(("labels", "certain"), [(50, False), (2000, True)])
def test_how_many_labels_show_a_loss_decides_and_not_its_size_alone(labels: int, certain: bool) -> None:
    """0.12 less than before, where 0.1 is allowed."""
    half = 1.96 * (0.16 / labels) ** 0.5
    now = QualityReport("accuracy", 0.68, 0.68 - half, 0.68 + half, 0.81, labels)
    before = QualityReport("accuracy", 0.80, 0.80 - half, 0.80 + half, 0.81, labels)
    assert fell(SegmentReport("kind", "3", now, before), 0.1, segments=5) is certain
    assert not fell(SegmentReport("kind", "3", before, now), 0.1, segments=5), "it got better"
    assert not fell(SegmentReport("kind", "3", now), 0.1, segments=5), "nothing to compare it with"


def test_of_an_error_growth_is_the_loss() -> None:
    now, before = (QualityReport("rmse", value, value - 0.2, value + 0.2, 10.0, 900) for value in (13.0, 10.0))
    assert fell(SegmentReport("kind", "3", now, before), 0.1, segments=5)
    assert not fell(SegmentReport("kind", "3", before, now), 0.1, segments=5)
