"""Quality without labels, of many classes and of a number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from containers.boosting import xgboost
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from containers.monitor.answered import confidence_drift
from containers.monitor.estimated import estimated
from core.contracts import stages
from core.contracts.evaluation import Evaluation
from core.contracts.problem import Problem
from core.contracts.reports import EstimatedQuality, Multivariate
from core.contracts.signature import Signature
from core.statistics.baseline import Baseline
from core.statistics.calibration import calibrate
from core.statistics.held import Held
from tests.containers.world import (
    NAMES,
    POLICY,
    SIGNATURE,
    Memory,
    bucket,
    draw,
    released,
)

BASELINE = f"{bucket('models')}{NAMES.artifact_prefix}execution/baseline/{stages.BASELINE_FILE}"


@pytest.fixture(scope="module")
def world() -> tuple[Memory, TrainedModel]:
    return released()


def of_problem(
    world: tuple[Memory, TrainedModel], problem: Problem, held: int = 3000, metric: str = ""
) -> tuple[EstimatedQuality, float]:
    """Three classes, or a number, of the world's rows: what is estimated of 1,000 of them, and what it is."""
    baseline = Baseline.from_json(world[0].objects[BASELINE])
    test, now = draw(held, 41).values, draw(1000, 42).values

    def labels(rows: np.ndarray, seed: int) -> np.ndarray:
        told = rows[:, 0] + np.random.default_rng(seed).normal(0, 0.7, len(rows))
        return np.digitize(told, (-0.5, 0.5)) if problem == "multiclass" else told

    settings = {"objective": "multi:softprob", "num_class": 3} if problem == "multiclass" else {}
    training = draw(3000, 43).values
    booster = xgboost().train({"max_depth": 3, **settings}, xgboost().DMatrix(training, labels(training, 1)), 20)
    classes = 3 if problem == "multiclass" else 0
    model = TrainedModel(
        Signature(SIGNATURE.features, "fast", problem=problem, classes=classes, positive=()), XgboostModel(booster)
    )
    said, true = model.probabilities(now).astype(float), labels(now, 3)
    if problem == "multiclass":
        known = calibrate(model.probabilities(test).astype(float), labels(test, 2))
        baseline, truth = replace(baseline, calibration=known), float(np.mean(said.argmax(axis=1) == true))
    else:
        truth = float(np.sqrt(np.mean((said - true) ** 2)))
    baseline = replace(baseline, held=Held.of(test, labels(test, 2).astype(float)))
    metric = metric or ("accuracy" if problem == "multiclass" else "rmse")
    evaluation = Evaluation("BETTER", "", 9, metric, 0.7, None, 0.1, 0.1, 0.9, {metric: 0.7}, {})
    policy = replace(POLICY, quality_metric=metric)
    return estimated(model, baseline, policy, evaluation, now, Multivariate(0.5, 0.48, 0.52), ()), truth


def three_classes(world: tuple[Memory, TrainedModel]) -> tuple[TrainedModel, Baseline]:
    def labels(rows: np.ndarray, seed: int) -> np.ndarray:
        return np.digitize(rows[:, 0] + np.random.default_rng(seed).normal(0, 0.3, len(rows)), (-0.5, 0.5))

    training, test = draw(3000, 62).values, draw(1500, 63).values
    settings = {"objective": "multi:softprob", "num_class": 3, "max_depth": 3}
    booster = xgboost().train(settings, xgboost().DMatrix(training, labels(training, 1)), 20)
    signature = Signature(SIGNATURE.features, "fast", problem="multiclass", classes=3, positive=())
    baseline = Baseline.from_json(world[0].objects[BASELINE])
    return TrainedModel(signature, XgboostModel(booster)), replace(
        baseline, held=Held.of(test, labels(test, 2).astype(float))
    )


def test_of_many_classes_it_is_met_as_well(world: tuple[Memory, TrainedModel]) -> None:
    found, right = of_problem(world, "multiclass")
    assert found.refused == ""
    assert {"accuracy", "weighted_f1"} <= set(found.values)
    assert (found.low or 1.0) <= right <= (found.high or 0.0)


def test_how_sure_a_model_of_many_classes_is_moves_where_no_class_is_said_more_often(
    world: tuple[Memory, TrainedModel],
) -> None:
    """Rows between the classes, on every side alike: the same classes, with less certainty."""
    model, baseline = three_classes(world)
    calm, unsure = draw(1500, 60).values, draw(1500, 61).values
    unsure[:, 0] = np.where(np.abs(unsure[:, 0]) < 0.5, unsure[:, 0], np.sign(unsure[:, 0]) * 0.55)
    said = [np.bincount(model.probabilities(rows).argmax(axis=1), minlength=3) / 1500 for rows in (calm, unsure)]
    assert np.abs(said[0] - said[1]).max() < 0.15
    assert (confidence_drift(model, baseline, calm, 100) or 0.0) < 0.05
    assert (confidence_drift(model, baseline, unsure, 100) or 0.0) > 0.3
    assert confidence_drift(model, baseline, calm[:99], 100) is None
    assert confidence_drift(model, replace(baseline, held=None), calm, 100) is None
    assert confidence_drift(world[1], baseline, calm, 100) is None


def test_of_a_number_a_second_model_tells_how_far_it_is_off(world: tuple[Memory, TrainedModel]) -> None:
    found, off = of_problem(world, "regression")
    assert (found.metric, found.refused, set(found.values)) == ("rmse", "", {"mae", "mse", "rmse"})
    assert (found.low or 9.0) <= off <= (found.high or 0.0)
    assert (found.high or 9.0) - (found.low or 0.0) < 0.15 * off


def test_of_a_number_few_held_out_rows_and_r2_are_refused_with_the_reason(world: tuple[Memory, TrainedModel]) -> None:
    assert "holds 900 held-out rows with labels; 1000 are needed" in of_problem(world, "regression", 900)[0].refused
    assert "r2 is not estimated; mae, mse, rmse are" in of_problem(world, "regression", metric="r2")[0].refused
