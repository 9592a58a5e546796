"""The same truth in models of every framework: the log-odds, or the number, follow from `x1` and `x2` in a line."""

from __future__ import annotations

import importlib.util
import io
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from containers.boosting import lightgbm, xgboost
from containers.frameworks import onnx_model, torch_model
from containers.frameworks.lightgbm_model import LightgbmModel
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION, Problem
from core.contracts.signature import Feature, Signature

TORCH = Path(__file__).parents[2] / "build" / "torch" / "site-packages"
"""Where `make torch` installs it; of a folder called otherwise Hypothesis reads every source as if it were ours."""
if TORCH.is_dir() and str(TORCH) not in sys.path:
    sys.path.append(str(TORCH))
NO_TORCH = importlib.util.find_spec("torch") is None
NEEDS_TORCH = pytest.mark.skipif(NO_TORCH, reason="torch is not installed here: `make torch`")

FEATURES = (
    Feature("x1", "numeric"),
    Feature("x2", "numeric"),
    Feature("x3", "numeric"),
    Feature("kind", "categorical"),
)
PROBLEMS: tuple[Problem, ...] = (BINARY, MULTICLASS, REGRESSION)
FRAMEWORKS = ("xgboost", "lightgbm", "onnx", pytest.param("torch", marks=NEEDS_TORCH))
WEIGHTS = {
    BINARY: [[1.6, 0.8, 0, 0]],
    MULTICLASS: [[-2, -1, 0, 0], [0, 0, 0, 0], [2, 1, 0, 0]],
    REGRESSION: [[3, 1, 0, 0]],
}
"""[outputs, columns]"""


def signature(problem: Problem) -> Signature:
    classes = {BINARY: 2, MULTICLASS: 3, REGRESSION: 0}[problem]
    return Signature(FEATURES, "y", problem=problem, classes=classes, positive=(1,) if problem == BINARY else ())


def rows(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.column_stack((random.normal(size=(count, 3)), random.integers(0, 3, count))).round(4)


def labels(problem: Problem, values: np.ndarray, seed: int = 5) -> np.ndarray:
    margins = values @ np.array(WEIGHTS[problem], float).T
    random = np.random.default_rng(seed)
    if problem == REGRESSION:
        return margins[:, 0] + random.normal(0, 0.3, len(values))
    if problem == BINARY:
        return random.random(len(values)) < 1 / (1 + np.exp(-margins[:, 0]))
    return (margins + random.gumbel(size=margins.shape)).argmax(axis=1).astype(float)


@cache
def model(framework: str, problem: Problem) -> TrainedModel:
    values = rows(1500, 1)
    signed, known = signature(problem), labels(problem, values)
    makers = {"xgboost": _xgboost, "lightgbm": _lightgbm, "onnx": _onnx, "torch": _torch}
    predictor = makers[framework](signed, values, known)
    background = values[:200].astype(np.float32) if predictor.needs_background else None
    return TrainedModel(signed, predictor, background)


def _xgboost(signed: Signature, values: np.ndarray, known: np.ndarray) -> XgboostModel:
    told: dict[str, Any] = {
        BINARY: {"objective": "binary:logistic"},
        MULTICLASS: {"objective": "multi:softprob", "num_class": 3},
        REGRESSION: {"objective": "reg:squarederror"},
    }[signed.problem]
    matrix = xgboost().DMatrix(values, known)
    return XgboostModel(xgboost().train({**told, "max_depth": 3, "nthread": 1}, matrix, 20))


def _lightgbm(signed: Signature, values: np.ndarray, known: np.ndarray) -> LightgbmModel:
    told = {"objective": signed.problem, "num_threads": 1, "verbosity": -1, "num_leaves": 8}
    classes = {"num_class": 3} if signed.problem == MULTICLASS else {}
    data = lightgbm().Dataset(values, known, categorical_feature=[3])
    return LightgbmModel(lightgbm().train({**told, **classes}, data, 20))


def fitted(signed: Signature, values: np.ndarray, known: np.ndarray) -> Any:
    from sklearn.linear_model import LinearRegression, LogisticRegression

    return (LinearRegression() if signed.problem == REGRESSION else LogisticRegression()).fit(values, known)


def _onnx(signed: Signature, values: np.ndarray, known: np.ndarray) -> onnx_model.OnnxModel:
    from skl2onnx import to_onnx

    options = {} if signed.problem == REGRESSION else {"zipmap": False}
    made = to_onnx(fitted(signed, values, known), values[:1].astype(np.float32), options=options)
    return onnx_model.read(made.SerializeToString(), signed.target, 1)


def _torch(signed: Signature, values: np.ndarray, known: np.ndarray) -> torch_model.TorchModel:
    found = fitted(signed, values, known)
    return torch_model.read(
        exported(signed.problem, np.atleast_2d(found.coef_), np.atleast_1d(found.intercept_)), signed.target, 1
    )


def exported(problem: Problem, weights: np.ndarray, bias: np.ndarray) -> bytes:
    """model.pt2 of a linear model."""
    import torch

    linear = torch.nn.Linear(weights.shape[1], len(weights))
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(weights))
        linear.bias.copy_(torch.from_numpy(bias))
    last = {BINARY: [torch.nn.Sigmoid()], MULTICLASS: [torch.nn.Softmax(dim=1)], REGRESSION: []}[problem]
    return saved(torch.nn.Sequential(linear, *last), weights.shape[1])


def saved(module: Any, columns: int, dynamic: bool = True) -> bytes:
    import torch

    sizes = ({0: torch.export.Dim("rows")},) if dynamic else None
    program = torch.export.export(module, (torch.zeros(2, columns),), dynamic_shapes=sizes)
    written = io.BytesIO()
    torch.export.save(program, written)
    return written.getvalue()
