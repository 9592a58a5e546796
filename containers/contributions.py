"""What each feature adds to each of a model's outputs, and what they add to, by xgboost itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from containers.boosting import xgboost
from containers.model import Rows, TrainedModel
from core.contracts.signature import Signature

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """`expected + values.sum(axis=2)` is the model's answer before its link function: log-odds of a classifier."""

    values: Floats
    """[rows, outputs, features]: exact path-dependent Shapley values (TreeSHAP). Those of a feature of several columns
    are summed: what cancels inside a text or a vector does not count."""
    expected: Floats
    """[outputs]: the answer that is expected of a row of which nothing is known."""


def contributions(model: TrainedModel, rows: Rows) -> Contributions:
    """Of at least one row. Raises ValueError for values that are not finite: a model that answers nonsense.

    xgboost takes a few milliseconds a row and needs no preparation; the kernel of `core.attribution` is many times
    faster a row, and pays from thousands of rows on (`containers.attributions`).
    """
    matrix = xgboost().DMatrix(rows, missing=np.nan)
    found = model.booster.predict(matrix, pred_contribs=True, validate_features=False).astype(np.float64)
    if not np.isfinite(found).all():
        raise ValueError("the model's attributions are not finite numbers")
    by_output = found.reshape(len(rows), -1, found.shape[-1])
    return Contributions(per_feature(model.signature, by_output[:, :, :-1]), by_output[0, :, -1])


def per_feature(signature: Signature, values: Floats) -> Floats:
    """Of values [..., columns] the sums [..., features] over the columns of each feature, before any absolute value."""
    if len(signature.columns) == len(signature.features):
        return values
    sizes = [len(feature.columns) for feature in signature.features]
    return np.add.reduceat(values, np.cumsum([0, *sizes[:-1]]), axis=-1)
