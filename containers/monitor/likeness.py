"""How much each held-out row is like a window's rows: what it counts for where quality is estimated without labels."""

from __future__ import annotations

import numpy as np

from containers.boosting import xgboost
from core.statistics.distances import Floats

FOLDS = 3
ROUNDS = 80
SETTINGS = {"objective": "binary:logistic", "max_depth": 2, "eta": 0.1, "nthread": 1, "seed": 0, "subsample": 0.8}
"""Smoother than the classifier that tells a window apart: a weight that follows chance costs more than it tells."""
MOST = 10.0
"""Weight of one row; a few rows must not decide alone."""


def likeness(held: Floats, now: Floats) -> Floats:
    """p(x) / (1 - p(x)) x rows of `held` / rows of `now`, with a mean of 1: the ratio of the two densities.

    p is the probability that a row is of the window, by a classifier that was not trained on it. 1 everywhere where
    both are alike. Folds and seed are fixed: the same rows, the same weights.

    Source: Bickel, Brueckner & Scheffer, Discriminative learning under covariate shift, JMLR 10 (2009).
    """
    rows, is_now = np.concatenate((held, now)), np.repeat([False, True], [len(held), len(now)])
    folds = np.random.default_rng(0).permutation(len(rows)) % FOLDS
    p = np.empty(len(held))
    for fold in range(FOLDS):
        own = folds[: len(held)] == fold
        learned = folds != fold
        told = xgboost().train(SETTINGS, xgboost().DMatrix(rows[learned], is_now[learned], missing=np.nan), ROUNDS)
        p[own] = told.inplace_predict(held[own], missing=np.nan, validate_features=False)
    weights = np.minimum(p / (1 - p) * len(held) / len(now), MOST)
    found: Floats = weights / weights.mean()
    return found
