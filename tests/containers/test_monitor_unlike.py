"""Numbers far out and rows like none of training, from the training set to the verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from containers.model import TrainedModel
from core.contracts import reports
from core.contracts.constraints import Edit
from core.contracts.policy import Freshness, ModelPolicy
from core.contracts.reports import MonitorReport
from core.diagnosis import Drift, Verdict
from tests.containers.world import (
    END,
    NAMES,
    POLICY,
    SIGNATURE,
    Memory,
    bucket,
    capture,
    captured,
    draw,
    latest,
    monitored,
    replace_objects,
    run,
)

ROWS = 1500
World = tuple[Memory, TrainedModel]


def in_another_unit(many: int) -> np.ndarray:
    """x3, which the model hardly uses, is a thousand times as large in some rows."""
    values = draw(ROWS, 70).values
    values[:many, 2] *= 1000
    return values


def checks(report: MonitorReport) -> set[str]:
    return {violation.check for violation in report.violations}


def test_a_unit_that_changed_in_some_rows_is_told_and_named_and_is_no_fault_by_itself(made: World) -> None:
    values = in_another_unit(60)
    report, found = monitored(*made, replace(draw(ROWS, 70), values=values), labelled=True)
    assert reports.OUTLIERS in checks(report) <= reports.UNLIKE_TRAINING
    (column,) = (one for one in report.outliers if one.column == "x3")
    assert column.share == column.outside == 60 / ROWS
    assert (found.verdict, found.drift) == (Verdict.BENIGN_DRIFT, Drift.VIRTUAL)
    assert found.features[0] == "x3"
    assert any("are far out" in sentence for sentence in found.evidence)


def test_a_unit_that_changed_in_a_tenth_of_the_rows_makes_these_rows_like_none(made: World) -> None:
    report, _ = monitored(*made, replace(draw(ROWS, 70), values=in_another_unit(150)), labelled=True)
    assert report.anomalies is not None
    assert report.anomalies.low <= 0.1 <= report.anomalies.high + 0.01
    assert next(iter(report.anomalies.features)) == "x3"
    assert report.anomalies.features["x3"] > 0.9
    assert reports.ANOMALIES in checks(report)


def test_a_few_numbers_far_out_are_told_without_a_violation(made: World) -> None:
    report, found = monitored(*made, replace(draw(ROWS, 70), values=in_another_unit(5)), labelled=True)
    assert [one.column for one in report.outliers if one.share] == ["x3"]
    assert report.data_quality is not None
    assert report.data_quality.outliers == pytest.approx(5 / (3 * ROWS))
    assert report.violations == ()
    assert found.verdict is Verdict.HEALTHY


@pytest.mark.parametrize("deviations", [4, 6])
def test_a_distribution_that_moved_as_a_whole_is_drift_and_no_upstream_fault(made: World, deviations: int) -> None:
    """By so much that a part of it, or most, is far out."""

    def moved(values: np.ndarray) -> None:
        values[:, 2] += deviations

    report, found = monitored(*made, draw(ROWS, 71, moved), labelled=True)
    assert {reports.OUTLIERS, reports.BASELINE_DRIFT} <= checks(report) <= reports.MERE_DRIFT
    assert found.features == ("x3",)
    assert found.verdict is not Verdict.UPSTREAM_FAULT
    assert any("x3 moved by" in sentence for sentence in found.evidence)


def test_combinations_that_training_never_held_are_told_though_no_feature_moved(made: World) -> None:
    """Who is far from the middle in one feature is so in all three; each is distributed as before."""

    def extremes_together(values: np.ndarray) -> None:
        middle = np.median(values[:, :3], axis=0)
        order = np.argsort(np.abs(values[:, 0] - middle[0]))
        for at in (1, 2):
            values[order, at] = values[np.argsort(np.abs(values[:, at] - middle[at])), at]

    report, _ = monitored(*made, draw(ROWS, 72, extremes_together), labelled=False)
    assert checks(report) == {reports.ANOMALIES}
    assert all(feature.drift < 0.05 for feature in report.features)
    assert report.anomalies is not None
    assert set(list(report.anomalies.features)[:3]) == {"x1", "x2", "x3"}


def test_healthy_windows_hold_what_training_held(made: World) -> None:
    report, _ = monitored(*made, draw(ROWS, 73), labelled=False)
    assert report.anomalies is not None
    assert report.anomalies.low <= 0.02
    assert checks(report).isdisjoint(reports.UNLIKE_TRAINING)


def test_windows_of_too_few_rows_say_nothing_of_it(made: World) -> None:
    rows = draw(POLICY.minimum_rows - 1, 74)
    rows.values[:, 2] *= 1000
    report, _ = monitored(*made, rows, labelled=False)
    assert (report.outliers, report.anomalies) == ((), None)
    assert report.data_quality is not None
    assert report.data_quality.anomalies is None


def test_the_time_of_a_row_is_not_held_against_the_training_sets(made: World) -> None:
    memory = replace_objects(made[0])
    memory.policy = ModelPolicy("churn", SIGNATURE, replace(POLICY, freshness=Freshness("x3", 24)))
    rows = draw(ROWS, 75)
    rows.values[:, 2] = END.timestamp()
    capture(memory, (one.line() for one in captured(made[1], rows)))
    run(memory)
    report = latest(memory)
    assert report.features[2].drift > 0.9
    assert checks(report).isdisjoint(reports.UNLIKE_TRAINING)
    assert report.anomalies is not None
    assert "x3" not in report.anomalies.features


def test_a_feature_of_which_nothing_is_checked_is_left_out(made: World) -> None:
    memory = replace_objects(made[0])
    unchecked = {"x3": Edit(evaluate_constraints=False)}
    memory.policy = ModelPolicy("churn", SIGNATURE, replace(POLICY, constraints=unchecked))
    capture(memory, (one.line() for one in captured(made[1], replace(draw(ROWS, 70), values=in_another_unit(150)))))
    run(memory)
    report = latest(memory)
    assert checks(report).isdisjoint(reports.UNLIKE_TRAINING)
    assert "x3" not in {one.column for one in report.outliers}


def test_the_page_and_the_metrics_tell_them(made: World) -> None:
    memory = replace_objects(made[0])
    capture(memory, (one.line() for one in captured(made[1], replace(draw(ROWS, 70), values=in_another_unit(150)))))
    run(memory)
    report = latest(memory)
    assert report.anomalies is not None
    assert memory.metric("data_quality_anomalies") == report.anomalies.share
    assert memory.metric("data_quality_outliers") == pytest.approx(150 / (3 * ROWS))
    assert memory.metric("data_quality_misplaced") == 0
    assert memory.metric("data_quality_violations") == 0, "a moved distribution is no fault"
    page = memory.objects[f"{bucket('reports')}{NAMES.report_prefix}2026/11/20/09-00-00/{reports.PAGE}"].decode()
    assert "rows that are like none of training, of 1,500" in page
    assert "Numbers far out, or outside of training" in page
