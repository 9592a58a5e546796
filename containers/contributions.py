"""What each feature adds to each of a model's outputs, and what they add to: of the rows of a request."""

from __future__ import annotations

import numpy as np

from containers.frameworks.predictor import Contributions, Floats
from containers.model import Rows, TrainedModel
from core.contracts.explaining import Explaining, Method
from core.contracts.signature import Signature

USUAL = Explaining()


def contributions(model: TrainedModel, rows: Rows, by: Method = USUAL.by) -> Contributions:
    """Of at least one row: values [rows, outputs, features], and `expected` [outputs].

    Those of a feature of several columns are summed: what cancels inside a text or a vector does not count. Trees are
    explained by their own library, a few milliseconds a row without preparation; the kernel of `core.attribution` is
    many times faster a row, and pays from thousands of rows on (`containers.attributions`).

    Raises ValueError for values that are not finite: a model that answers nonsense.
    """
    found = model.contributions(rows, list(range(model.outputs)), by)
    return Contributions(per_feature(model.signature, finite(found.values)), found.expected)


def finite(values: Floats) -> Floats:
    if not np.isfinite(values).all():
        raise ValueError("the model's attributions are not finite numbers")
    return values


def per_feature(signature: Signature, values: Floats) -> Floats:
    """Of values [..., columns] the sums [..., features] over the columns of each feature, before any absolute value."""
    if len(signature.columns) == len(signature.features):
        return values
    sizes = [len(feature.columns) for feature in signature.features]
    return np.add.reduceat(values, np.cumsum([0, *sizes[:-1]]), axis=-1)
