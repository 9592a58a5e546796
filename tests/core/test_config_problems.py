"""A team says what its model answers; what the problem has not is told where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.config.load import load_teams
from core.config.model import Model
from core.contracts.policy import ModelPolicy
from core.contracts.problem import QUALITY_METRICS, Problem, Target
from tests.core.teams import told, write

MULTICLASS = {"models__0__problem": "multiclass", "models__0__classes": 3}
REGRESSION = {"models__0__problem": "regression"}


@pytest.fixture
def teams(tmp_path: Path) -> Path:
    return tmp_path


def loaded(teams: Path, **changes: Any) -> Model:
    write(teams, **changes)
    return load_teams(teams)[0].models[0]


@pytest.mark.parametrize(
    ("changes", "target", "metric", "positive"),
    [
        ({}, Target(), "accuracy", (1,)),
        (MULTICLASS, Target("multiclass", 3), "accuracy", ()),
        ({**MULTICLASS, "models__0__positive_labels": [0, 2]}, Target("multiclass", 3), "accuracy", (0, 2)),
        (REGRESSION, Target("regression", 0), "rmse", ()),
        ({**REGRESSION, "models__0__monitoring": {"quality_metric": "r2"}}, Target("regression", 0), "r2", ()),
    ],
)
def test_the_signature_and_the_watched_metric_follow_the_problem(
    teams: Path, changes: dict[str, Any], target: Target, metric: str, positive: tuple[int, ...]
) -> None:
    model = loaded(teams, **changes)
    assert (model.signature.target, model.quality_metric, model.signature.positive) == (target, metric, positive)


@pytest.mark.parametrize("changes", [{}, MULTICLASS, REGRESSION])
def test_the_policy_brings_the_problem_to_the_jobs(teams: Path, changes: dict[str, Any]) -> None:
    write(teams, **changes)
    (team,) = load_teams(teams)
    model = team.models[0]
    policy = model.policy(team.names(team.environments[0]).model(model.name), run_cost_usd=1.0)
    assert ModelPolicy.from_json(policy.to_json()) == policy
    assert policy.watch.quality_metric in QUALITY_METRICS[policy.signature.problem]


WRONG = [
    ({"models__0__problem": "multiclass"}, "models.0.problem", "accepted: classes, 3 to 1000"),
    ({"models__0__classes": 3}, "models.0.classes", "found 3 with the problem binary; accepted: none, or multiclass"),
    ({**REGRESSION, "models__0__classes": 3}, "models.0.classes", "with the problem regression"),
    ({**MULTICLASS, "models__0__classes": 2}, "models.0.classes", "3"),
    ({"models__0__positive_labels": [1]}, "models.0.positive_labels", "accepted: none: it is 1"),
    ({**REGRESSION, "models__0__positive_labels": [1]}, "models.0.positive_labels", "a regression has no classes"),
    ({**MULTICLASS, "models__0__positive_labels": [3]}, "models.0.positive_labels", "found 3, which is no class"),
    ({**MULTICLASS, "models__0__positive_labels": [1, 1]}, "models.0.positive_labels", "each class once"),
    ({**MULTICLASS, "models__0__positive_labels": [0, 1, 2]}, "models.0.positive_labels", "every answer is good"),
    ({**MULTICLASS, "models__0__sensitive": ["region"]}, "models.0.sensitive", "without positive_labels"),
    (
        {
            **REGRESSION,
            "models__0__sensitive": ["region"],
            "models__0__monitoring": {"fairness": {"conditional_on": "age"}},
        },
        "models.0.monitoring.fairness.conditional_on",
        "found 'age' with a regression",
    ),
    (
        {**REGRESSION, "models__0__training": {"hyperparameters": {"scale_pos_weight": 2}}},
        "models.0.training.hyperparameters.scale_pos_weight",
        "weighs the two classes of a binary problem",
    ),
]


@pytest.mark.parametrize(("changes", "path", "says"), WRONG, ids=[f"{path}: {says}" for _, path, says in WRONG])
def test_what_cannot_be_is_told_where_it_stands(teams: Path, changes: dict[str, Any], path: str, says: str) -> None:
    write(teams, **changes)
    found = told(teams)
    assert list(found) == [path]
    assert says in found[path]


@pytest.mark.parametrize(
    ("drop", "wanted"),
    [
        (0, "found 0; accepted: at least 0.001"),
        (-0.1, "found -0.1; accepted: at least 0.001"),
        (1e-12, "accepted: at least 0.001"),
        (1, "found 1; accepted: a number below 1"),
        (10, "found 10; accepted: a number below 1"),
        ("10%", "found '10%'; accepted: a number"),
        (True, "found true; accepted: a number"),
        (0.5, "found 0.5, and a model whose accuracy lost as much is worse than chance; accepted: below 0.5"),
    ],
)
def test_an_allowed_loss_that_means_nothing_is_refused(teams: Path, drop: object, wanted: str) -> None:
    write(teams, models__0__monitoring={"quality_drop": drop})
    (found,) = told(teams).items()
    assert found[0] == "models.0.monitoring.quality_drop"
    assert wanted in found[1]


def test_an_error_may_be_allowed_to_grow_by_more_than_half(teams: Path) -> None:
    changes = {**REGRESSION, "models__0__monitoring": {"quality_drop": 0.8}}
    assert loaded(teams, **changes).monitoring.quality_drop == 0.8
    f1 = {"models__0__monitoring": {"quality_metric": "f1", "quality_drop": 0.6}}
    assert loaded(teams, **f1).monitoring.quality_drop == 0.6


@pytest.mark.parametrize(
    ("problem", "metric"),
    [("binary", "rmse"), ("multiclass", "auc"), ("multiclass", "mae"), ("regression", "accuracy")],
)
def test_a_metric_that_a_problem_has_not_is_told_with_those_that_it_has(
    teams: Path, problem: Problem, metric: str
) -> None:
    classes = {"models__0__classes": 3} if problem == "multiclass" else {}
    write(teams, models__0__problem=problem, models__0__monitoring={"quality_metric": metric}, **classes)
    accepted = ", ".join(QUALITY_METRICS[problem])
    assert told(teams) == {
        "models.0.monitoring.quality_metric": f"found {metric!r}, which a {problem} problem has not; "
        f"accepted: {accepted}"
    }


def test_all_faults_of_a_model_are_told_at_once(teams: Path) -> None:
    write(
        teams,
        models__0__problem="regression",
        models__0__positive_labels=[1],
        models__0__monitoring={"quality_metric": "f1", "segments": ["height"]},
    )
    assert set(told(teams)) == {
        "models.0.positive_labels",
        "models.0.monitoring.quality_metric",
        "models.0.monitoring.segments.0",
    }
