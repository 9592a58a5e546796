"""A second model guesses how far a regression's answers are off, and says so of the window's rows."""

from __future__ import annotations

import numpy as np

from containers.boosting import xgboost
from core.statistics.distances import Floats
from core.statistics.estimate import Estimate
from core.statistics.losses import estimate_loss, root

FOLDS = 5
ROUNDS = 40
SETTINGS = {"max_depth": 3, "eta": 0.1, "min_child_weight": 20, "nthread": 1, "seed": 0, "subsample": 0.8}


def estimate_errors(off: Floats, held: Floats, now: Floats, weights: Floats) -> dict[str, Estimate]:
    """mae, mse and rmse of the rows `now`; `off` is by how much the answers to `held` are off, as answer - label."""
    absolute, squared = np.abs(off), off**2
    mse = estimate_loss(squared, *_guessed(squared, held, now), weights)
    return {"mae": estimate_loss(absolute, *_guessed(absolute, held, now), weights), "mse": mse, "rmse": root(mse)}


def _guessed(losses: Floats, held: Floats, now: Floats) -> tuple[Floats, Floats]:
    """For held-out rows, each by a model that did not see it, and for the window's, by the mean of those models."""
    folds = np.random.default_rng(0).permutation(len(held)) % FOLDS
    of_held, of_now = np.empty(len(held)), np.zeros(len(now))
    for fold in range(FOLDS):
        own = folds == fold
        told = xgboost().train(SETTINGS, xgboost().DMatrix(held[~own], losses[~own], missing=np.nan), ROUNDS)
        options = {"missing": np.nan, "validate_features": False}
        of_held[own] = told.inplace_predict(held[own], **options)
        of_now += told.inplace_predict(now, **options) / FOLDS
    return of_held, of_now
