"""Explains a model by its answers alone, at a cost that stays within seconds for the rows of one request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from containers.frameworks.predictor import Floats
from core.attribution.kernel_shap import kernel_shap
from core.attribution.lime import lime
from core.attribution.sampled_shapley import Answer, sampled_shapley
from core.contracts.explaining import Method

PAIRS, ANSWERS = 32, 4096
"""Of walks a row, forth and back, with columns + 1 answers each; fewer pairs where a row would take more ANSWERS."""
LEAST_PAIRS = 2
SUBSETS, SUBSETS_PER_COLUMN = 256, 4
"""A row's regression weighs so many subsets, exact up to 8 columns, of more columns at least four for each..."""
COMPARED = 16
"""...with so many rows of the background: 4096 answers a row and more."""
NEIGHBOURS = 1000
"""Rows made up around one."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Values [rows, columns], and the margin that they add to."""

    values: Floats
    expected: float


def ask(answer: Answer, rows: Floats, background: Floats, by: Method) -> Asked:
    return _METHODS[by](answer, rows, background)


def _permutation(answer: Answer, rows: Floats, background: Floats) -> Asked:
    pairs = min(PAIRS, max(LEAST_PAIRS, ANSWERS // (2 * (rows.shape[1] + 1))))
    found = sampled_shapley(answer, rows, background, pairs)
    return Asked(found.values, found.expected)


def _kernel_shap(answer: Answer, rows: Floats, background: Floats) -> Asked:
    some = background[np.linspace(0, len(background) - 1, min(COMPARED, len(background))).astype(int)]
    subsets = max(SUBSETS, SUBSETS_PER_COLUMN * rows.shape[1])
    values = [kernel_shap(answer, row, some, subsets) for row in rows]
    return Asked(np.array(values), float(np.mean(answer(some))))


def _lime(answer: Answer, rows: Floats, background: Floats) -> Asked:
    """LIME's slope of each column, times how far the row is from the background's mean: of a linear model its Shapley
    values, of others what a line through the row's neighbours makes of it, which does not add up."""
    means, deviations = np.nanmean(background, axis=0), np.nanstd(background, axis=0)
    away = np.divide(rows - means, deviations, out=np.zeros(rows.shape), where=deviations > 0)
    slopes = np.array([lime(answer, row, deviations, NEIGHBOURS).weights for row in rows])
    return Asked(np.nan_to_num(slopes * away), float(np.mean(answer(background))))


_METHODS: dict[Method, Callable[[Answer, Floats, Floats], Asked]] = {
    "permutation": _permutation,
    "kernel_shap": _kernel_shap,
    "lime": _lime,
}
