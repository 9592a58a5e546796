"""Integrated Gradients of rows in which values may be missing, with as many steps as they take."""

from __future__ import annotations

import numpy as np

from containers.frameworks.predictor import Floats
from core.attribution.integrated_gradients import Gradient, NotConverged, integrated_gradients
from core.attribution.sampled_shapley import Answer

PARTS = ((64, 256), (256, 64), (1024, 16), (4096, 1))
"""Steps, and rows that take as many: where these do not do, each quarter of the rows gets four times as many."""


def explain(answer: Answer, gradient: Gradient, rows: Floats, start: Floats) -> Floats:
    """Values [rows, columns]; with the answer at `start` [columns] they sum to a row's answer.

    A missing value is not on any straight way. So first the values that a row lacks are taken from `start`, one column
    after the other, and each gets what that changes; the way of the other columns begins there. Raises ValueError where
    the most steps are too few.
    """
    return _by_parts(answer, gradient, rows, start, 0)


def _by_parts(answer: Answer, gradient: Gradient, rows: Floats, start: Floats, finer: int) -> Floats:
    steps, size = PARTS[finer]
    found = []
    for at in range(0, len(rows), size):
        part = rows[at : at + size]
        try:
            found.append(_values(answer, gradient, part, start, steps))
        except NotConverged as fault:
            if finer + 1 == len(PARTS):
                raise ValueError(f"the model's gradients do not add up to its answers: {fault}") from None
            found.append(_by_parts(answer, gradient, part, start, finer + 1))
    return np.concatenate(found)


def _values(answer: Answer, gradient: Gradient, rows: Floats, start: Floats, steps: int) -> Floats:
    lacking = np.isnan(rows)
    values = _taken_away(answer, lacking, start)
    whole = np.where(lacking, start, rows)

    def answers(made: Floats) -> Floats:
        return answer(np.where(lacking, np.nan, made))

    def gradients(made: Floats) -> Floats:
        """Of the rows at several points of their ways, one point after the other."""
        absent = np.tile(lacking, (len(made) // len(lacking), 1))
        return np.where(absent, 0.0, gradient(np.where(absent, np.nan, made)))

    return values + integrated_gradients(answers, gradients, whole, start, steps)


def _taken_away(answer: Answer, lacking: np.ndarray, start: Floats) -> Floats:
    """What it changes, [rows, columns], that a row lacks a value, the columns before it lacking already."""
    values, made = np.zeros(lacking.shape), np.repeat(start[None], len(lacking), axis=0)
    for column in np.flatnonzero(lacking.any(axis=0)).tolist():
        before = answer(made)
        made[lacking[:, column], column] = np.nan
        values[:, column] = answer(made) - before
    return values
