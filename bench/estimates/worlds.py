"""Worlds whose label follows from six features, models that learned it more or less well, and inputs that move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.boosting import xgboost
from containers.frameworks.xgboost_model import XgboostModel
from containers.model import TrainedModel
from core.contracts.problem import BINARY, MULTICLASS, REGRESSION, Problem
from core.contracts.signature import Feature, Signature

Values = NDArray[np.float64]
FEATURES = 6
TRAINED = 2000
"""Rows that a model learns from."""
MODELS = 3
"""Of each world: what holds for one model alone is no result."""


@dataclass(frozen=True)
class World:
    """`settings` and `rounds` are xgboost's."""

    name: str
    what: str
    problem: Problem = BINARY
    settings: Mapping[str, Any] | None = None
    rounds: int = 100
    rare: float = 0.0
    """Log-odds that are taken off, so that the label 1 is rare."""
    tails: int = 0
    """Degrees of freedom of the noise of a number; 0 for a normal one."""

    def labels(self, rows: Values, random: np.random.Generator) -> Values:
        told = 1.5 * rows[:, 0] + 1.2 * rows[:, 1] * rows[:, 2] + np.abs(rows[:, 3]) + 0.6 * rows[:, 4] - 0.8
        if self.problem == BINARY:
            return np.asarray(random.random(len(rows)) < 1 / (1 + np.exp(self.rare - 1.2 * told)), float)
        noise = random.standard_t(self.tails, len(rows)) if self.tails else random.normal(size=len(rows))
        number = told + (0.5 + 0.5 * np.abs(rows[:, 1])) * noise
        return np.asarray(number if self.problem == REGRESSION else np.digitize(number, (-1.0, 1.0)), float)

    def draw(self, rows: int, random: np.random.Generator, shift: str = "none") -> tuple[Values, Values]:
        """Rows and their labels. A shift moves the inputs alone: the relation to the label stays."""
        values = SHIFTS[shift](random.normal(size=(rows, FEATURES))).astype(np.float32).astype(np.float64)
        return values, self.labels(values, random)


def _one(rows: Values) -> Values:
    return np.asarray(rows + np.array([0.7, 0, 0, 0, 0, 0]))


def _two(rows: Values) -> Values:
    return np.asarray(rows + np.array([0, 0.6, -0.6, 0, 0, 0]))


SHIFTS: Mapping[str, Callable[[Values], Values]] = {
    "none": lambda rows: rows,
    "one": _one,
    "two": _two,
    "wide": lambda rows: 1.2 * rows,
}
"""Nothing; the weightiest feature by 0.7 standard deviations; two whose product matters by 0.6 each, apart; all
features wider by a fifth, so that more rows lie where few were trained on."""

SURE = {"max_depth": 3, "eta": 0.1}
_ALL = (
    World("boosted", "100 trees of depth 3", settings=SURE),
    World("stumps", "30 trees of depth 1, which know no products", settings={"max_depth": 1, "eta": 0.1}, rounds=30),
    World("overfitted", "200 trees of depth 8, far too sure", settings={"max_depth": 8, "eta": 0.3}, rounds=200),
    World("rare", "as boosted; one label in ten is 1", settings=SURE, rare=3.5),
    World("three classes", "100 trees of depth 3 for each class", MULTICLASS, SURE),
    World("number", "a number with normal noise, more of it in places", REGRESSION, SURE),
    World("heavy tails", "the same with Student's noise of 4 degrees of freedom", REGRESSION, SURE, tails=4),
)
WORLDS = {world.name: world for world in _ALL}


@cache
def model(name: str, number: int) -> tuple[TrainedModel, Values]:
    """One model of a world, and the rows that it was trained on."""
    world = WORLDS[name]
    rows, labels = world.draw(TRAINED, np.random.default_rng([1, number]))
    objectives: Mapping[Problem, dict[str, Any]] = {
        BINARY: {"objective": "binary:logistic"},
        MULTICLASS: {"objective": "multi:softprob", "num_class": 3},
        REGRESSION: {},
    }
    settings = {**(world.settings or {}), **objectives[world.problem], "nthread": 1, "seed": 0}
    booster = xgboost().train(settings, xgboost().DMatrix(rows, labels), world.rounds)
    features = tuple(Feature(f"x{at}", "numeric") for at in range(FEATURES))
    classes = {BINARY: 2, MULTICLASS: 3, REGRESSION: 0}[world.problem]
    positive = (1,) if world.problem == BINARY else ()
    return TrainedModel(
        Signature(features, "y", problem=world.problem, classes=classes, positive=positive), XgboostModel(booster)
    ), rows
