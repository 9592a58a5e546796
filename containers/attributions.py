"""What each feature adds to a model's answer, row by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from containers.boosting import xgboost
from containers.contributions import per_feature
from containers.model import Rows, TrainedModel
from core.contracts.problem import MULTICLASS

LARGE = 500_000
"""Rows times trees from which on the compiled kernel is worth its half a second of loading."""


def attributions(model: TrainedModel, rows: Rows) -> NDArray[np.float64]:
    """Matrix [rows, features] of Shapley values of the answer before its link function.

    Of a binary problem they are in log-odds: a row's values and the model's bias sum to its log-odds. Of a multiclass
    one they are those of the class that the model answers to the row, in its margin; of a regression, of the score.
    Those of the columns of one feature (a text, a vector) are summed.

    Exact path-dependent TreeSHAP (Lundberg et al., Consistent individualized feature attribution for tree ensembles,
    2018): by `core.attribution` where there is much to do and its kernel covers the model, else by xgboost itself.
    xgboost costs about as much as 600 predictions, so callers take a sample: from 2,000 rows the mean of
    |attribution| is known within 5 % at the 99th percentile.

    Raises ValueError for attributions that are not finite: a model that answers nonsense.
    """
    if not len(rows):
        return np.empty((0, len(model.signature.features)))
    outputs = model.signature.classes if model.signature.problem == MULTICLASS else 1
    many = len(rows) * model.booster.num_boosted_rounds() * outputs >= LARGE
    found = _compiled(model, rows) if many else None
    if found is None:
        matrix = xgboost().DMatrix(rows, missing=np.nan)
        found = model.booster.predict(matrix, pred_contribs=True, validate_features=False)[..., :-1].astype(np.float64)
    if outputs > 1:
        found = found[np.arange(len(rows)), model.labels(model.probabilities(rows))]
    if not np.isfinite(found).all():
        raise ValueError("the model's attributions are not finite numbers")
    return per_feature(model.signature, np.asarray(found))


def _compiled(model: TrainedModel, rows: Rows) -> NDArray[np.float64] | None:
    """By the kernel, of a multiclass problem [rows, classes, features]; None for a model that it does not cover."""
    from core.attribution.ensemble import NotCovered
    from core.attribution.tree_shap import tree_shap
    from core.attribution.xgboost_trees import xgboost_ensemble

    try:
        found = tree_shap(xgboost_ensemble(model.booster.save_raw("json")), np.asarray(rows, np.float64))
    except NotCovered:
        return None
    return found if model.signature.problem == MULTICLASS else found[:, 0]
