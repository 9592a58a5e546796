"""What a model is asked, and what that means for its files, metrics and losses."""

from __future__ import annotations

import json
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.problem import (
    BINARY,
    LOWER_IS_BETTER,
    MULTICLASS,
    QUALITY_METRICS,
    REGRESSION,
    USUAL_METRIC,
    Problem,
    limit,
    loss,
)
from core.contracts.reports import QualityReport
from core.contracts.signature import Feature, Signature
from core.contracts.training import EVALUATED, METRICS, metrics_of
from core.statistics.managed_quality import constraints, statistics

PROBLEMS: tuple[Problem, ...] = (BINARY, MULTICLASS, REGRESSION)
AGE = (Feature("age", "numeric"),)


def test_a_file_from_before_there_were_other_problems_is_of_a_binary_classifier() -> None:
    old = {"features": [{"name": "age", "kind": "numeric"}], "label": "left", "sensitive": [], "threshold": 0.5}
    assert Signature.from_json(json.dumps(old)) == Signature(AGE, "left")


@pytest.mark.parametrize(
    "signature",
    [
        Signature(AGE, "y", ("age",), 0.3),
        Signature(AGE, "y", problem=MULTICLASS, classes=5, positive=(1, 4)),
        Signature(AGE, "y", problem=REGRESSION, classes=0, positive=()),
    ],
    ids=PROBLEMS,
)
def test_a_signature_is_read_as_it_was_written(signature: Signature) -> None:
    assert Signature.from_json(signature.to_json()) == signature


@pytest.mark.parametrize(
    ("problem", "classes", "positive", "said"),
    [
        (BINARY, 3, (1,), "a binary problem with 3 classes; accepted: 2"),
        (MULTICLASS, 2, (1,), "a multiclass problem with 2 classes; accepted: 3 to 1000"),
        (REGRESSION, 2, (), "a regression problem with 2 classes; accepted: 0"),
        ("ranking", 0, (), "the problem 'ranking'; accepted: binary, multiclass, regression"),
        (BINARY, 2, (0,), "positive labels of a binary problem"),
        (MULTICLASS, 3, (3,), r"positive labels \[3\]"),
        (REGRESSION, 0, (1,), r"positive labels \[1\]"),
    ],
)
def test_what_cannot_be_is_refused(problem: Problem, classes: int, positive: tuple[int, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Signature(AGE, "y", problem=problem, classes=classes, positive=positive)


def test_fairness_of_many_classes_has_to_know_which_are_good() -> None:
    with pytest.raises(ValueError, match="need positive labels"):
        Signature(AGE, "y", ("age",), problem=MULTICLASS, classes=3, positive=())


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_problem_is_known_everywhere(problem: Problem) -> None:
    assert USUAL_METRIC[problem] in QUALITY_METRICS[problem]
    assert len(metrics_of(problem)) == 2 * len(EVALUATED[problem])
    assert metrics_of(BINARY) == METRICS


metrics = st.sampled_from(sorted({name for names in QUALITY_METRICS.values() for name in names}))
values = st.floats(0.01, 100)


@given(metrics, values, st.floats(0.01, 0.99))
def test_the_loss_at_the_limit_is_the_one_that_is_allowed(metric: str, baseline: float, allowed: float) -> None:
    assert loss(metric, limit(metric, baseline, allowed), baseline) == pytest.approx(allowed)


@given(metrics, values, values)
def test_what_is_worse_is_a_loss_whichever_way_a_metric_points(metric: str, value: float, baseline: float) -> None:
    worse = value > baseline if metric in LOWER_IS_BETTER else value < baseline
    assert (loss(metric, value, baseline) > 0) == worse
    assert loss(metric, baseline, baseline) == 0


def test_any_error_after_none_is_a_whole_loss() -> None:
    assert (loss("rmse", 0.001, 0.0), loss("rmse", 0.0, 0.0)) == (1.0, 0.0)


def test_a_loss_is_certain_where_the_interval_lies_on_the_worse_side() -> None:
    assert QualityReport("accuracy", 0.7, 0.65, 0.75, 0.8, 100).certain
    assert not QualityReport("accuracy", 0.7, 0.65, 0.85, 0.8, 100).certain
    assert QualityReport("mae", 12, 11, 13, 10, 100).certain
    assert not QualityReport("mae", 12, 9, 15, 10, 100).certain
    assert not QualityReport("mae", 8, 7, 9, 10, 100).certain


def test_quality_is_written_as_the_managed_monitor_writes_it() -> None:
    told = statistics(MULTICLASS, {"accuracy": 0.5}, lambda _: (0.402, 0.598), ((3, 1), (3, 1)))
    block = told["multiclass_classification_metrics"]
    assert block["confusion_matrix"] == {"0": {"0": 3, "1": 1}, "1": {"0": 3, "1": 1}}
    assert block["accuracy"]["value"] == 0.5
    assert block["accuracy"]["standard_deviation"] == pytest.approx(0.05, abs=1e-4)
    told = statistics(REGRESSION, {"mae": 2.0}, lambda _: (0.0, inf), ())
    assert told == {"regression_metrics": {"mae": {"value": 2.0, "standard_deviation": None}}}
    assert constraints(REGRESSION, "mae", 2.0, 0.5) == {
        "regression_constraints": {"mae": {"threshold": 3.0, "comparison_operator": "GreaterThanThreshold"}}
    }
    assert constraints(BINARY, "auc", 0.75, 0.25) == {
        "binary_classification_constraints": {"auc": {"threshold": 0.5, "comparison_operator": "LessThanThreshold"}}
    }
