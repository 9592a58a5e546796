"""Quality without labels, through the whole job: met where it may be, refused where it would mislead."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from containers.model import TrainedModel
from containers.monitor import metrics
from containers.monitor.metrics import Publication
from core.contracts import reports, stages
from core.contracts.policy import RetrainPolicy
from core.contracts.reports import EstimatedQuality, MonitorReport
from core.diagnosis import Diagnosis, Verdict, diagnose
from core.diagnosis.table import TABLE
from core.remediation.responses import response_to
from core.statistics.baseline import Baseline
from core.statistics.support import outside, refusal
from tests.containers.world import (
    END,
    NAMES,
    POLICY,
    Memory,
    Rows,
    bucket,
    capture,
    captured,
    draw,
    latest,
    monitored,
    released,
    replace_objects,
    run,
)

BASELINE = f"{bucket('models')}{NAMES.artifact_prefix}execution/baseline/{stages.BASELINE_FILE}"


@pytest.fixture(scope="module")
def world() -> tuple[Memory, TrainedModel]:
    return released()


def watched(world: tuple[Memory, TrainedModel], rows: Rows) -> tuple[EstimatedQuality, MonitorReport, Diagnosis]:
    report, diagnosis = monitored(*world, rows, labelled=False)
    assert report.estimated is not None
    return report.estimated, report, diagnosis


def accuracy(world: tuple[Memory, TrainedModel], rows: Rows) -> float:
    return float(np.mean((world[1].probabilities(rows.values) >= 0.5) == rows.labels))


def test_a_window_without_labels_is_told_what_labels_would_have_told(world: tuple[Memory, TrainedModel]) -> None:
    rows = draw(1500, 21)
    found, report, diagnosis = watched(world, rows)
    assert report.quality is None
    low, high = found.low or 1.0, found.high or 0.0
    assert low <= accuracy(world, rows) <= high
    assert high - low < 0.1
    assert (found.metric, found.rows, found.refused) == ("accuracy", 1500, "")
    assert set(found.values) == {"accuracy", "auc", "f1", "precision", "recall"}
    assert diagnosis.verdict == Verdict.HEALTHY
    assert any(f"accuracy is estimated at {found.value:.3f}" in sentence for sentence in diagnosis.evidence)


def test_the_estimate_is_published_and_shown(world: tuple[Memory, TrainedModel]) -> None:
    memory = replace_objects(world[0])
    capture(memory, (one.line() for one in captured(world[1], draw(400, 22))))
    run(memory)
    found = latest(memory).estimated
    assert found is not None
    assert memory.metric("estimated_accuracy") == found.value
    page = memory.objects[f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/{reports.PAGE}"].decode()
    assert "is estimated at" in page


def test_concept_drift_is_not_seen_and_that_is_said(world: tuple[Memory, TrainedModel]) -> None:
    rows = draw(1500, 23, flip=True)
    found, _, diagnosis = watched(world, rows)
    assert found.value is not None
    assert found.value - accuracy(world, rows) > 0.4  # wrong, as it must be
    assert any("estimate cannot see" in spot for spot in diagnosis.blind_spots)
    assert any("concept drift" in spot for spot in diagnosis.blind_spots)
    assert diagnosis.train_on is None


def far(values: np.ndarray) -> None:
    values[:, 0] += 8


def new_kind(values: np.ndarray) -> None:
    values[::3, 3] = 9


@pytest.mark.parametrize(("move", "why"), [(far, "classifier tells them apart"), (new_kind, "breaks constraints")])
def test_it_is_refused_with_the_reason_where_it_would_mislead(
    world: tuple[Memory, TrainedModel], move: Callable[[np.ndarray], None], why: str
) -> None:
    found, _, diagnosis = watched(world, draw(1500, 24, move))
    assert (found.value, found.low, found.high, dict(found.values)) == (None, None, None, {})
    assert why in found.refused
    assert any("is not estimated either" in sentence for sentence in diagnosis.evidence)
    assert not any("estimate cannot see" in spot for spot in diagnosis.blind_spots)


def test_a_window_of_few_rows_estimates_nothing(world: tuple[Memory, TrainedModel]) -> None:
    found, _, _ = watched(world, draw(40, 25))
    assert "too few rows" in found.refused


def test_a_baseline_without_calibration_estimates_nothing(world: tuple[Memory, TrainedModel]) -> None:
    """As those are that were made before, or from too few held-out rows."""
    memory = replace_objects(world[0])
    baseline = json.loads(memory.objects[BASELINE])
    del baseline["calibration"]
    memory.objects[BASELINE] = json.dumps(baseline).encode()
    found, _, _ = watched((memory, world[1]), draw(300, 26))
    assert "no calibration" in found.refused


def test_a_calibration_that_is_off_is_not_trusted(world: tuple[Memory, TrainedModel]) -> None:
    baseline = Baseline.from_json(world[0].objects[BASELINE])
    assert baseline.calibration is not None
    assert refusal(baseline, baseline.sample, 0.5, 0.55) == ""
    off = replace(baseline, calibration=replace(baseline.calibration, error=0.2))
    assert "off by 0.200" in refusal(off, baseline.sample, 0.5, 0.55)
    unknown = replace(baseline, calibration=replace(baseline.calibration, error=float("nan")))
    assert refusal(unknown, baseline.sample, 0.5, 0.55)


def test_rows_from_the_training_set_s_own_world_are_inside_it_and_others_are_not(
    world: tuple[Memory, TrainedModel],
) -> None:
    baseline = Baseline.from_json(world[0].objects[BASELINE])
    fresh = draw(2000, 27).values
    assert outside(baseline, fresh) < 0.01
    assert outside(baseline, np.empty((0, 4))) == 0
    moved, missing, strange = fresh.copy(), fresh.copy(), fresh.copy()
    moved[:1000, 1] = 1e6
    missing[:1000, 2] = np.nan
    strange[:1000, 3] = 7
    assert [round(outside(baseline, each), 1) for each in (moved, missing, strange)] == [0.5, 0.5, 0.5]
    assert "50% of the rows lie outside" in refusal(baseline, moved, 0.5, 0.55)


def test_what_a_team_takes_for_usual_is_not_refused(world: tuple[Memory, TrainedModel]) -> None:
    baseline = Baseline.from_json(world[0].objects[BASELINE])
    assert refusal(baseline, baseline.sample, 0.9, 0.55)
    assert refusal(baseline, baseline.sample, 0.9, 0.95) == ""


LOW = EstimatedQuality("accuracy", 0.85, 0.6, 0.55, 0.65, 1500, {"accuracy": 0.6})


def test_an_estimated_loss_asks_for_labels_and_starts_nothing(world: tuple[Memory, TrainedModel]) -> None:
    _, report, _ = watched(world, draw(1500, 28))
    found = diagnose(replace(report, estimated=LOW), POLICY)
    assert (found.verdict, response_to(found.verdict, RetrainPolicy())) == (Verdict.ESTIMATED_LOSS, "notify")
    assert "Collect labels" in found.response
    assert found.confidence.startswith("low")
    assert any("estimate cannot see" in spot for spot in found.blind_spots)


@pytest.mark.parametrize("estimated", [None, LOW, EstimatedQuality("accuracy", 0.85, refused="it would mislead")])
@pytest.mark.parametrize("labelled", [False, True])
def test_no_estimate_makes_a_retraining_of_what_was_none(
    world: tuple[Memory, TrainedModel], estimated: EstimatedQuality | None, labelled: bool
) -> None:
    for seed, flip in ((29, False), (30, True)):
        report, _ = monitored(*world, draw(600, seed, flip=flip), labelled)
        without = diagnose(replace(report, estimated=None), POLICY)
        found = diagnose(replace(report, estimated=estimated), POLICY)
        if found.verdict != without.verdict:
            assert (found.verdict, labelled) == (Verdict.ESTIMATED_LOSS, False)
        if response_to(found.verdict, RetrainPolicy()) in ("retrain", "ask"):
            assert found.train_on == without.train_on


def test_an_estimate_starts_a_run_only_where_the_team_s_file_says_so_and_where_nothing_was_refused(
    world: tuple[Memory, TrainedModel],
) -> None:
    told = RetrainPolicy(responses={"ESTIMATED_LOSS": "retrain"})
    assert [row.verdict for row in TABLE if "estimate" in row.response] == [Verdict.ESTIMATED_LOSS]
    _, report, _ = watched(world, draw(1500, 28))
    low = diagnose(replace(report, estimated=LOW), POLICY)
    assert (response_to(low.verdict, told), low.train_on) == ("retrain", "all")
    refused = EstimatedQuality("accuracy", 0.85, refused="it would mislead")
    for estimate in (refused, replace(LOW, high=0.9), None):
        found = diagnose(replace(report, estimated=estimate), POLICY)
        assert (found.verdict, response_to(found.verdict, told)) == (Verdict.HEALTHY, "watch")


def test_the_loss_the_bounds_and_the_limit_are_published_and_nothing_of_what_is_refused(
    world: tuple[Memory, TrainedModel],
) -> None:
    memory = replace_objects(world[0])
    capture(memory, (one.line() for one in captured(world[1], draw(600, 22))))
    run(memory)
    found = latest(memory).estimated
    assert found is not None
    assert found.baseline is not None
    assert memory.metric("estimated_drop") == 0
    bounds = memory.metric("estimated_accuracy_low"), memory.metric("estimated_accuracy_high")
    assert bounds == (found.low, found.high)
    assert memory.metric("quality_limit") == pytest.approx(found.baseline - POLICY.quality_drop)
    memory = replace_objects(world[0])
    capture(memory, (one.line() for one in captured(world[1], draw(600, 24, far))))
    run(memory)
    names = ("estimated_drop", "estimated_accuracy", "estimated_accuracy_low", "estimated_accuracy_high")
    assert [memory.metric(name) for name in names] == [None] * 4
    assert memory.metric("quality_limit") == pytest.approx(found.baseline - POLICY.quality_drop)


@pytest.mark.parametrize(("labelled", "wanted"), [(False, 2.5), (True, 0.0)])
def test_the_alarm_hears_of_a_loss_as_the_diagnosis_does(
    world: tuple[Memory, TrainedModel], labelled: bool, wanted: float
) -> None:
    """At LOW a quarter is lost and a tenth is allowed; where labels tell the quality nothing rests on the estimate."""
    report, _ = monitored(*world, draw(600, 28), labelled)
    data = metrics.estimated_data(Publication("e", "s", END), replace(report, estimated=LOW), POLICY)
    told = {datum["MetricName"]: datum["Value"] for _, datum in data}
    assert told["estimated_drop"] == pytest.approx(wanted)


def test_a_report_of_before_is_read_and_one_of_now_is_read_as_it_was_written(
    world: tuple[Memory, TrainedModel],
) -> None:
    _, report, _ = watched(world, draw(300, 31))
    assert MonitorReport.from_json(report.to_json()) == report
    before = json.loads(report.to_json())
    del before["estimated"]
    assert MonitorReport.from_json(json.dumps(before)).estimated is None


def test_the_calibration_comes_from_the_test_set_alone(tmp_path: Path) -> None:
    from containers.baseline.calibrated import calibration, held_out, kept
    from tests.containers import making

    model = making.model(making.dataset(600, seed=1))
    assert held_out(tmp_path / "test") is None
    assert (calibration(model, None), kept(model, None)) == (None, None)
    made = making.dataset(500, seed=9)
    made.write(tmp_path / "test")
    test = held_out(tmp_path / "test")
    found, rows = calibration(model, test), kept(model, test)
    assert found is not None
    assert rows is not None
    assert found.rows == len(rows.labels) == len(made)
    assert sorted(rows.labels) == sorted(made.labels)


def test_an_error_that_grew_is_a_loss_and_only_beyond_doubt() -> None:
    known = EstimatedQuality("rmse", 2.0, 3.0, 2.5, 3.5, 900, {"rmse": 3.0})
    assert known.loss == pytest.approx(0.5)
    assert replace(known, low=1.9).loss == 0
    assert replace(known, value=1.0, low=0.5, high=1.5).loss == 0
    assert LOW.loss == pytest.approx(0.25)
    assert replace(LOW, high=0.9).loss == 0
    assert replace(LOW, baseline=None).loss is None
    assert EstimatedQuality("rmse", 2.0, refused="it would mislead").loss is None


def test_a_baseline_of_before_holds_no_rows_with_labels_and_estimates_nothing(
    world: tuple[Memory, TrainedModel],
) -> None:
    memory = replace_objects(world[0])
    baseline = json.loads(memory.objects[BASELINE])
    del baseline["held"]
    memory.objects[BASELINE] = json.dumps(baseline).encode()
    found, _, _ = watched((memory, world[1]), draw(300, 26))
    assert "holds 0 held-out rows" in found.refused
