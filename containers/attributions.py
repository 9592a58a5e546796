"""What each feature adds to a model's answer, row by row: of the many rows of a baseline or a window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from containers.contributions import USUAL, finite, per_feature
from containers.model import Rows, TrainedModel
from core.contracts.explaining import LIME, Explaining
from core.contracts.problem import MULTICLASS

Floats = NDArray[np.float64]
LARGE = 500_000
"""Rows times trees from which on the compiled kernel is worth its half a second of loading."""


def attributions(model: TrainedModel, rows: Rows, explaining: Explaining = USUAL) -> Floats:
    """Matrix [rows, features] of what each feature adds to the model's margin: that of trees before their link
    function, of other models the log-odds of the probability, of a regression the score. Of a multiclass problem the
    margin is that of `explaining.of_class`, or of the class that the model answers to the row.

    Those of the columns of one feature (a text, a vector) are summed. How they are found depends on the model:

    - trees: exact path-dependent TreeSHAP (Lundberg et al., Consistent individualized feature attribution for tree
      ensembles, 2018), by `core.attribution` where there is much to do and its kernel covers the model, else by the
      trees' own library. That costs about as much as 600 predictions, so callers take a sample: from 2,000 rows the
      mean of |attribution| is known within 5 % at the 99th percentile;
    - torch: Integrated Gradients from the background's mean;
    - ONNX: as `explaining.by` says, by the model's answers alone.

    Raises ValueError for attributions that are not finite (a model that answers nonsense), and for a class that the
    model does not know.
    """
    if not len(rows):
        return np.empty((0, len(model.signature.features)))
    wanted = _wanted(model, rows, explaining)
    many = len(rows) * model.predictor.rounds * model.outputs >= LARGE
    found = _compiled(model, rows) if many else None
    if found is not None:
        return per_feature(model.signature, finite(found[np.arange(len(rows)), wanted]))
    values = np.empty((len(rows), len(model.signature.columns)))
    for output in np.unique(wanted).tolist():
        chosen = wanted == output
        values[chosen] = model.contributions(rows[chosen], [output], explaining.by).values[:, 0]
    return per_feature(model.signature, finite(values))


def expected(model: TrainedModel, rows: Rows, attributed: Floats, explaining: Explaining = USUAL) -> float | None:
    """By additivity: a row's margin (`Predictor.margins`) less its attributions, the same for every row but for
    rounding and for what an estimate misses.

    None where rows are explained for different classes, of which each has its own, for values that do not add up, and
    without rows.
    """
    chosen = explaining.of_class
    if not len(rows) or (model.signature.problem == MULTICLASS and chosen is None):
        return None
    if model.predictor.method(explaining.by) == LIME:
        return None
    margins = model.predictor.margins(rows)[:, chosen or 0]
    return float(np.median(margins - attributed.sum(axis=1)))


def means(attributed: Floats, names: Sequence[str]) -> dict[str, float]:
    """Mean absolute attribution of each feature of [rows, features]; empty without rows."""
    return dict(zip(names, np.abs(attributed).mean(axis=0).tolist(), strict=True)) if len(attributed) else {}


def _wanted(model: TrainedModel, rows: Rows, explaining: Explaining) -> NDArray[np.int64]:
    """The output that each row is explained for."""
    chosen = explaining.of_class
    if chosen is not None:
        if model.signature.problem != MULTICLASS or not 0 <= chosen < model.outputs:
            raise ValueError(f"class {chosen} is to be explained; accepted are those of a multiclass problem")
        return np.full(len(rows), chosen)
    if model.signature.problem != MULTICLASS:
        return np.zeros(len(rows), np.int64)
    return np.asarray(model.labels(model.probabilities(rows)), np.int64)


def _compiled(model: TrainedModel, rows: Rows) -> Floats | None:
    """By the kernel, [rows, outputs, columns]; None for a model that it does not cover."""
    from core.attribution.ensemble import NotCovered
    from core.attribution.tree_shap import tree_shap

    try:
        return tree_shap(model.predictor.ensemble(), np.asarray(rows, np.float64))
    except NotCovered:
        return None
