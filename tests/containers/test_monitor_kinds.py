"""What the monitor sees beyond the managed ones: rules, age, repetition, groups, all features together, recency."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from containers.model import TrainedModel
from core.contracts import reports
from core.contracts.policy import Freshness, ModelPolicy, Rule, WatchPolicy
from core.contracts.problem import LEAST_OF_EITHER
from core.contracts.reports import MonitorReport
from core.diagnosis import diagnose
from core.diagnosis.signs import read_signs
from tests.containers.world import (
    END,
    JOB,
    NAMES,
    POLICY,
    SIGNATURE,
    Memory,
    Rows,
    bucket,
    capture,
    captured,
    draw,
    label,
    labels,
    latest,
    monitored,
    released,
    replace_objects,
    run,
    violation_file,
)

ROWS = 1500
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def world() -> tuple[Memory, TrainedModel]:
    return released(3000)


def watched(world: tuple[Memory, TrainedModel], rows: Rows, labelled: bool = False, **wishes: Any) -> MonitorReport:
    policy = replace(POLICY, **wishes)
    memory = replace(world[0], policy=ModelPolicy("churn", SIGNATURE, policy))
    return monitored(memory, world[1], rows, labelled, policy)[0]


def checks(report: MonitorReport) -> set[str]:
    return {violation.check for violation in report.violations}


def correlated(values: np.ndarray) -> None:
    """Each column keeps its own distribution; x1 and x2 are put in the same order."""
    values[:, 1] = np.sort(values[:, 1])[np.argsort(np.argsort(values[:, 0]))]


def test_a_rule_between_columns_is_held(world: tuple[Memory, TrainedModel]) -> None:
    rules = (Rule("x2", ">", "x1"), Rule("x1", "<", 100.0))
    assert reports.CONSISTENCY not in checks(watched(world, draw(ROWS, 50), rules=rules))

    def swapped(values: np.ndarray) -> None:
        values[::10, 1] = values[::10, 0] - 1

    report = watched(world, draw(ROWS, 51, swapped), rules=rules)
    (broken,) = [one for one in report.violations if one.check == reports.CONSISTENCY]
    assert "10.0% of the rows break the rule x2 > x1" in broken.description
    assert report.data_quality is not None
    assert report.data_quality.consistency == pytest.approx(0.9, abs=0.001)


def test_rows_of_yesterday_are_late(world: tuple[Memory, TrainedModel]) -> None:
    """x3 stands in for the row's own time."""
    now = END.timestamp()

    def stamped(hours: float) -> Callable[[np.ndarray], None]:
        def move(values: np.ndarray) -> None:
            values[:, 2] = now - 3600 * hours

        return move

    freshness = Freshness("x3", 6)
    fresh = watched(world, draw(ROWS, 52, stamped(2)), freshness=freshness)
    late = watched(world, draw(ROWS, 52, stamped(30)), freshness=freshness)
    assert fresh.data_quality is not None
    assert late.data_quality is not None
    assert (fresh.data_quality.timeliness, late.data_quality.timeliness) == (1, 0)
    assert reports.FRESHNESS not in checks(fresh)
    assert reports.FRESHNESS in checks(late)


def test_rows_that_are_sent_again_are_counted(world: tuple[Memory, TrainedModel]) -> None:
    def repeated(values: np.ndarray) -> None:
        values[: len(values) // 2] = values[0]

    report = watched(world, draw(ROWS, 53, repeated), duplicates=0.1)
    assert report.data_quality is not None
    assert report.data_quality.duplicates == pytest.approx(0.5, abs=0.01)
    assert reports.DUPLICATES in checks(report)
    assert reports.DUPLICATES not in checks(watched(world, draw(ROWS, 53), duplicates=0.1))


@pytest.mark.parametrize("seed", range(5, 15))
def test_rows_that_are_all_different_are_no_fault_where_they_are_too_many_to_count_exactly(
    world: tuple[Memory, TrainedModel], seed: int
) -> None:
    assert reports.DUPLICATES not in checks(watched(world, draw(8000, seed), duplicates=0.01))


def test_one_row_that_came_twice_is_a_fault_where_none_may_and_they_are_counted_exactly(
    world: tuple[Memory, TrainedModel],
) -> None:
    def repeated(values: np.ndarray) -> None:
        values[1] = values[0]

    assert reports.DUPLICATES in checks(watched(world, draw(ROWS, 53, repeated), duplicates=0.0))
    assert reports.DUPLICATES not in checks(watched(world, draw(ROWS, 53), duplicates=0.0))


def test_a_fiftieth_more_than_may_come_again_is_told_of_many_rows_too(world: tuple[Memory, TrainedModel]) -> None:
    def repeated(values: np.ndarray) -> None:
        values[: len(values) // 10] = values[0]

    assert reports.DUPLICATES in checks(watched(world, draw(8000, 53, repeated), duplicates=0.02))


@pytest.mark.parametrize(("ones", "judged"), [(0, False), (LEAST_OF_EITHER - 1, False), (LEAST_OF_EITHER, True)])
@pytest.mark.parametrize("rare", [True, False])
def test_the_area_is_judged_by_enough_labels_of_either_kind_and_accuracy_by_any(
    world: tuple[Memory, TrainedModel], ones: int, judged: bool, rare: bool
) -> None:
    values = draw(150, 55).values
    rows = Rows(values, (np.arange(len(values)) < ones) == rare)
    report = watched(world, rows, labelled=True, quality_metric="auc")
    assert (report.quality is not None) == judged
    assert ("rarer class; auc takes 5 of either" in report.unjudged) == (not judged)
    told = "\n".join(diagnose(report, replace(POLICY, quality_metric="auc")).evidence)
    assert ("not judged" in told) == (not judged)
    assert watched(world, rows, labelled=True, quality_metric="accuracy").quality is not None


def test_columns_that_moved_together_are_told_by_all_of_them_together(world: tuple[Memory, TrainedModel]) -> None:
    calm, moved = (watched(world, draw(ROWS, 54, move)).multivariate for move in (lambda values: None, correlated))
    assert calm is not None
    assert moved is not None
    assert calm.low <= 0.5 <= calm.high
    assert moved.low > 0.6
    report = watched(world, draw(ROWS, 54, correlated))
    assert max(feature.drift for feature in report.features) < POLICY.drift_threshold


@pytest.mark.parametrize(
    ("numeric", "categorical"),
    [
        ("jensen_shannon", "jensen_shannon"),
        ("population_stability", "population_stability"),
        ("wasserstein", "l_infinity"),
    ],
)
def test_every_distance_tells_a_shift_from_none(
    world: tuple[Memory, TrainedModel], numeric: str, categorical: str
) -> None:
    def moved(values: np.ndarray) -> None:
        values[:, 0] += 1
        values[::3, 3] = 1

    wishes = {"numeric_distance": numeric, "categorical_distance": categorical}
    calm, found = watched(world, draw(ROWS, 55), **wishes), watched(world, draw(ROWS, 55, moved), **wishes)
    for at in (0, 3):
        assert found.features[at].drift > 3 * calm.features[at].drift
        assert found.features[at].distances.keys() == calm.features[at].distances.keys()
    assert found.features[0].distances["wasserstein"] == pytest.approx(1, abs=0.15)  # in standard deviations
    assert found.features[3].distances["chi_square_p"] < 1e-6 < calm.features[3].distances["chi_square_p"]


def test_a_feature_may_have_a_threshold_of_its_own(world: tuple[Memory, TrainedModel]) -> None:
    def moved(values: np.ndarray) -> None:
        values[:, 2] += 1.5

    own, as_all = watched(world, draw(ROWS, 56, moved), thresholds={"x3": 0.9}), watched(world, draw(ROWS, 56, moved))
    assert own.features[2].drift > POLICY.drift_threshold
    assert own.features[2].threshold == 0.9
    assert not read_signs(own, replace(POLICY, thresholds={"x3": 0.9})).inputs
    assert read_signs(as_all, POLICY).inputs == (as_all.features[2],)


def test_a_shift_that_stays_is_drift_from_training_but_not_from_recent_windows(
    world: tuple[Memory, TrainedModel],
) -> None:
    def moved(values: np.ndarray) -> None:
        values[:, 2] += 1.5

    memory, model = replace_objects(world[0]), world[1]
    recent = []
    for hour, move in enumerate((lambda values: None, moved, moved, moved)):
        end = END + hour * HOUR
        requests = captured(model, draw(ROWS, 60 + hour, move), end - HOUR)
        capture(memory, (one.line() for one in requests), end - HOUR)
        run(memory, replace(JOB, scheduled_at=end.isoformat()))
        recent.append(latest(memory))
    drifts = [(report.features[2].drift, report.features[2].recent_drift) for report in recent]
    assert drifts[0][1] is None
    assert drifts[1][1] is not None
    assert drifts[1][1] > 0.3
    assert drifts[3][0] > 0.3
    assert drifts[3][1] is not None
    assert drifts[3][1] < 0.5 * drifts[1][1]
    assert [report.recent_windows for report in recent] == [0, 1, 2, 3]


def test_a_window_that_is_judged_again_is_not_compared_with_itself(world: tuple[Memory, TrainedModel]) -> None:
    memory, model = replace_objects(world[0]), world[1]
    capture(memory, (one.line() for one in captured(model, draw(ROWS, 61))))
    run(memory)
    first = latest(memory)
    run(memory)
    assert latest(memory) == first
    kept = json.loads(memory.objects[f"{bucket('reports')}{NAMES.report_prefix}{reports.RECENT}"])
    assert len(kept["windows"]) == 1


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"version": 1, "windows": [{"end": 3}]}', b"\xff"])
def test_recent_windows_that_cannot_be_read_are_none(world: tuple[Memory, TrainedModel], content: bytes) -> None:
    memory = replace_objects(world[0])
    memory.objects[f"{bucket('reports')}{NAMES.report_prefix}{reports.RECENT}"] = content
    capture(memory, (one.line() for one in captured(world[1], draw(ROWS, 62))))
    run(memory)
    assert latest(memory).recent_windows == 0


def test_quality_is_told_by_segment(world: tuple[Memory, TrainedModel]) -> None:
    rows = draw(ROWS, 63)
    wrong = rows.values[:, 3] == 3
    rows.labels[wrong] = ~rows.labels[wrong]
    report = watched(world, rows, labelled=True, segments=("kind",))
    quality = {segment.value: segment.quality.value for segment in report.segments}
    assert set(quality) == {"1", "2", "3"}
    assert quality["3"] < 0.5 < min(quality["1"], quality["2"])


def test_a_group_that_is_answered_worse_than_in_training_is_told_with_the_metric(
    world: tuple[Memory, TrainedModel],
) -> None:
    """The category is sensitive; its second value loses everything that speaks for it."""

    def worse(values: np.ndarray) -> None:
        values[values[:, 3] == 2, 0] -= 2

    calm, moved = watched(world, draw(ROWS, 64), labelled=True), watched(world, draw(ROWS, 64, worse), labelled=True)
    assert reports.BIAS_DRIFT not in checks(calm)
    named = [one.description for one in moved.violations if one.check == reports.BIAS_DRIFT]
    assert any(text.startswith("DPPL of kind=2") for text in named)
    values = {(one.group, one.metric): one for one in moved.bias}
    assert values["2", "DPPL"].value > 0.2
    assert values["2", "DPPL"].baseline is not None
    assert {"CI", "DPL", "KL", "AD", "TE"} <= {metric for _, metric in values}


def test_bias_without_labels_is_told_as_far_as_answers_tell_it(world: tuple[Memory, TrainedModel]) -> None:
    report = watched(world, draw(ROWS, 65))
    assert {one.metric for one in report.bias} == {"CDDPL", "DPPL", "DI", "FT"}


def test_the_analysis_speaks_clarify_s_json(world: tuple[Memory, TrainedModel]) -> None:
    memory, model = replace_objects(world[0]), world[1]
    requests = captured(model, rows := draw(ROWS, 66))
    capture(memory, (one.line() for one in requests))
    label(memory, (one.line() for one in labels(requests, rows)))
    run(memory)
    told = violation_file(memory, reports.ANALYSIS)
    values = told["explanations"]["kernel_shap"]["fast"]
    assert set(values["global_shap_values"]) == {"x1", "x2", "x3", "kind"}
    assert abs(values["expected_value"]) < 2
    groups = told["post_training_bias_metrics"]["facets"]["kind"]
    assert {group["value_or_threshold"] for group in groups} == {"1", "2", "3"}
    assert {"DI", "FT"} <= {metric["name"] for metric in groups[0]["metrics"]}


def test_another_order_of_importance_breaks_the_managed_constraint(world: tuple[Memory, TrainedModel]) -> None:
    def frozen(values: np.ndarray) -> None:
        values[:, 0], values[:, 1] = 0.0, 50.0

    calm, moved = watched(world, draw(ROWS, 67)), watched(world, draw(ROWS, 67, frozen))
    assert calm.ndcg is not None
    assert moved.ndcg is not None
    assert calm.ndcg > 0.99 > 0.9 > moved.ndcg
    assert reports.ATTRIBUTION_DRIFT in checks(moved) - checks(calm)


def test_the_policy_survives_its_parameter() -> None:
    watch = WatchPolicy(
        rules=(Rule("a", "<", 1.0),), freshness=Freshness("b", 2), thresholds={"a": 0.3}, segments=("c",)
    )
    policy = ModelPolicy("churn", SIGNATURE, watch)
    assert ModelPolicy.from_json(policy.to_json()) == policy
