"""Attributions: by the kernel where there is much to do, by xgboost where it does not cover a model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from containers import compiled
from containers.attributions import LARGE, attributions
from containers.boosting import xgboost
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from core.attribution.ensemble import NotCovered
from core.contracts.problem import BINARY, MULTICLASS
from core.contracts.signature import Feature, Signature
from tests.containers import many_frameworks

ROWS = 1000
SIGNATURE = Signature(tuple(Feature(name, "numeric") for name in "abc"), "label")


def _model(rounds: int, **parameters: Any) -> tuple[TrainedModel, np.ndarray]:
    random = np.random.default_rng(0)
    rows = random.normal(size=(ROWS, 3))
    rows[random.random(rows.shape) < 0.05] = np.nan
    labels = np.nan_to_num(rows[:, 0]) + random.normal(size=ROWS) > 0
    told = {"objective": "binary:logistic", "max_depth": 2, "nthread": 1, **parameters}
    booster = xgboost().train(told, xgboost().DMatrix(rows, labels), rounds)
    return TrainedModel(SIGNATURE, XgboostModel(booster)), rows


@pytest.mark.parametrize("parameters", [{}, {"max_depth": 9, "min_child_weight": 0}], ids=["covered", "too deep"])
def test_a_large_sample_gets_the_attributions_that_xgboost_gives(parameters: dict[str, Any]) -> None:
    model, rows = _model(LARGE // ROWS, **parameters)
    theirs = model.predictor.booster.predict(xgboost().DMatrix(rows), pred_contribs=True)[:, :-1]
    assert attributions(model, rows) == pytest.approx(theirs, abs=1e-4)


def test_a_model_that_the_kernel_does_not_cover_is_left_to_xgboost() -> None:
    model, rows = _model(3, booster="dart")
    with pytest.raises(NotCovered, match="'dart'"):
        model.predictor.ensemble()
    assert attributions(model, rows).shape == (ROWS, 3)


def test_trees_of_lightgbm_get_from_the_kernel_what_lightgbm_gives_them() -> None:
    rows = np.tile(many_frameworks.rows(1000, 1), (10, 1))
    for problem in (BINARY, MULTICLASS):
        model = many_frameworks.model("lightgbm", problem)
        many = np.tile(rows, (1 + LARGE // (len(rows) * 20 * model.outputs), 1))
        theirs = model.contributions(rows[:1000], list(range(model.outputs)), "permutation").values
        own = model.labels(model.probabilities(rows[:1000])) if problem == MULTICLASS else np.zeros(1000, int)
        found = attributions(model, many)[:1000]
        assert found == pytest.approx(theirs[np.arange(1000), own.astype(int)], abs=1e-5)


def test_kernels_compile_and_answer_right() -> None:
    compiled.main()
