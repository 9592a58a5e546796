"""What a classifier's scores are worth: the probability of a class at each score, learned on held-out rows."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.statistics.distances import Floats
from core.statistics.held import worth

LEAST_ROWS, LEAST_OF_A_CLASS = 200, 20
"""Held-out rows, and rows of each class, from which on a calibration is learned."""
ISOTONIC_FROM = 1000
"""Rows from which on isotonic regression is the better choice (Niculescu-Mizil & Caruana, section 5); of weighed ones,
those that they are worth."""
MOST_CLASSES = 20
DRAWS = 30
"""Calibrations of resampled rows that are kept beside the calibration itself: how sure it is."""
KNOTS = 33
FOLDS = 5
SMALLEST = 1e-6
"""Probabilities are kept so far from 0 and 1 where their logarithm is needed."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """One curve a class, linear between knots; a binary problem has the curve of class 1 alone.

    Platt's scaling (a logistic regression on the score's log-odds) below ISOTONIC_FROM rows, isotonic regression from
    there on. Sources: Platt, Probabilistic outputs for support vector machines (1999); Zadrozny & Elkan, Transforming
    classifier scores into accurate multiclass probability estimates (2002), which calibrates one class against the
    rest and scales to a sum of 1; Niculescu-Mizil & Caruana, Predicting good probabilities with supervised learning
    (2005).
    """

    method: str
    rows: int
    knots: Floats
    """[curves, KNOTS]: scores, ascending."""
    values: Floats
    """[1 + DRAWS, curves, KNOTS]: the calibration, then those of resampled rows."""
    error: float
    """Root mean square difference of calibrated probability and frequency, on rows that a calibration did not see."""

    @property
    def draws(self) -> int:
        return len(self.values) - 1

    def probabilities(self, scores: Floats, draw: int | None = None) -> Floats:
        """[rows, curves] calibrated `scores` [rows, curves]; several curves' sum to 1. `draw`: one of a resample."""
        values = self.values[0 if draw is None else 1 + draw]
        return _scaled([np.interp(scores[:, at], self.knots[at], values[at]) for at in range(len(self.knots))])

    def to_value(self) -> dict[str, Any]:
        parts = {"knots": self.knots, "values": self.values}
        written = {name: b64encode(part.astype("<f4").tobytes()).decode() for name, part in parts.items()}
        return {"method": self.method, "rows": self.rows, "error": self.error, "curves": len(self.knots), **written}

    @classmethod
    def from_value(cls, value: Mapping[str, Any]) -> Calibration:
        """Raises ValueError where the numbers do not make that many curves."""
        knots, values = (np.frombuffer(b64decode(value[name]), "<f4").astype(float) for name in ("knots", "values"))
        curves = int(value["curves"])
        shaped = knots.reshape(curves, KNOTS), values.reshape(-1, curves, KNOTS)
        return cls(str(value["method"]), int(value["rows"]), *shaped, float(value["error"]))


def calibrate(scores: Floats, labels: NDArray[np.int64], weights: Floats | None = None) -> Calibration | None:
    """From `scores` [rows, curves] and classes of the same rows, in whatever order; None where there are too few.

    `weights`: how much each row counts (`containers.monitor.likeness`), by default the same. The error is that of the
    rows as they are, whatever the weights. Raises ValueError for a score that is no probability.
    """
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("a score to be calibrated is not a probability")
    is_class = (
        labels[:, np.newaxis] == np.arange(scores.shape[1]) if scores.shape[1] > 1 else labels[:, np.newaxis] == 1
    )
    if len(labels) < LEAST_ROWS or scores.shape[1] > MOST_CLASSES:
        return None
    ones = is_class.sum(axis=0)
    if np.minimum(ones, len(labels) - ones).min() < LEAST_OF_A_CLASS:
        return None
    weights = np.ones(len(labels)) if weights is None else weights / weights.mean()
    order = np.lexsort((weights, labels, *scores.T))  # the same rows in another order are the same calibration
    scores, is_class, weights = scores[order], is_class[order], weights[order]
    method = "isotonic" if worth(weights) >= ISOTONIC_FROM else "platt"
    knots = np.quantile(scores, np.linspace(0, 1, KNOTS), axis=0).T
    random = np.random.default_rng(0)
    samples = [np.arange(len(labels)), *(random.integers(0, len(labels), len(labels)) for _ in range(DRAWS))]
    values = np.array([_curves(method, scores[one], is_class[one], knots, weights[one]) for one in samples])
    return Calibration(method, len(labels), knots, values, _error(method, scores, is_class))


def _curves(method: str, scores: Floats, is_class: NDArray[np.bool_], knots: Floats, weights: Floats) -> Floats:
    fit = _isotonic if method == "isotonic" else _platt
    return np.array([fit(scores[:, at], is_class[:, at], knots[at], weights) for at in range(len(knots))])


def _isotonic(scores: Floats, labels: NDArray[np.bool_], knots: Floats, weights: Floats) -> Floats:
    """The rising function of the score that is closest to the labels, linear between the scores that occurred."""
    from scipy.optimize import isotonic_regression  # type: ignore[import-untyped]

    known, place = np.unique(scores, return_inverse=True)
    counts = np.bincount(place, weights)
    shares = np.bincount(place, weights * labels) / counts
    return np.asarray(np.interp(knots, known, isotonic_regression(shares, weights=counts).x))


def _platt(scores: Floats, labels: NDArray[np.bool_], knots: Floats, weights: Floats) -> Floats:
    """1 / (1 + exp(-(a logit(score) + b))), the likeliest a and b for Platt's smoothed labels, by Newton's method."""
    x = np.column_stack((_log_odds(scores), np.ones(len(scores))))
    ones = weights[labels].sum()
    target = np.where(labels, (ones + 1) / (ones + 2), 1 / (weights.sum() - ones + 2))
    found = np.array([1.0, 0.0])
    for _ in range(50):
        p = _logistic(x @ found)
        slope = x.T @ (weights * (p - target)) + 1e-6 * found
        curvature = (x * (weights * p * (1 - p))[:, np.newaxis]).T @ x + 1e-6 * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        found = found - step * min(1.0, 2.0 / max(1e-9, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-9:
            break
    return _logistic(_log_odds(knots) * found[0] + found[1])


def _error(method: str, scores: Floats, is_class: NDArray[np.bool_]) -> float:
    """sqrt(mean over bins of (mean p - mean y)^2 - mean(p (1 - p)) / n), of the worst class, on rows not learned from.

    The last term is what chance adds to the first where every p is right, so that few rows alone make no error.
    Source: the debiased estimator of Kumar, Liang & Ma, Verified uncertainty calibration (arXiv 1909.10155), section 5,
    with the variance of labels of different probabilities in one bin.
    """
    calibrated = np.empty(scores.shape)
    for held, learned in _folds(len(scores)):
        knots, even = _knots(scores[learned]), np.ones(int(learned.sum()))
        curves = _curves(method, scores[learned], is_class[learned], knots, even)
        calibrated[held] = _scaled([np.interp(scores[held, at], knots[at], curves[at]) for at in range(len(knots))])
    return max(_debiased(scores[:, at], calibrated[:, at], is_class[:, at]) for at in range(scores.shape[1]))


def _debiased(scores: Floats, p: Floats, labels: NDArray[np.bool_]) -> float:
    """In bins of the score: a curve that is level where the frequency is not is off, though its level is the mean."""
    bins = np.array_split(np.argsort(scores, kind="stable"), max(2, min(10, len(p) // 100)))
    terms = [
        len(rows) * (p[rows].mean() - labels[rows].mean()) ** 2 - (p[rows] * (1 - p[rows])).mean() for rows in bins
    ]
    return float(np.sqrt(max(0.0, sum(terms) / len(p))))


def _folds(rows: int) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Rows are in the order of their scores: every fold gets its share of each."""
    for fold in range(FOLDS):
        held = np.arange(rows) % FOLDS == fold
        yield held, ~held


def _knots(scores: Floats) -> Floats:
    found: Floats = np.quantile(scores, np.linspace(0, 1, KNOTS), axis=0).T
    return found


def _scaled(curves: list[Floats]) -> Floats:
    found = np.column_stack(curves)
    if found.shape[1] == 1:
        return found
    total = found.sum(axis=1, keepdims=True)
    even: Floats = np.where(total > 0, found / np.where(total > 0, total, 1.0), 1 / found.shape[1])
    return even


def _log_odds(p: Floats) -> Floats:
    inside = np.clip(p, SMALLEST, 1 - SMALLEST)
    odds: Floats = np.log(inside / (1 - inside))
    return odds


def _logistic(x: Floats) -> Floats:
    p: Floats = 1 / (1 + np.exp(-np.clip(x, -500, 500)))
    return p
