"""Shapley values of any model, from its answers alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Answer = Callable[[Floats], Floats]
"""Rows [n, features] to answers [n]; of several outputs, the one that is to be explained."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """`values` and their standard errors, [rows, features]; a row's values and `expected` sum to its answer."""

    values: Floats
    errors: Floats
    expected: float


def sampled_shapley(answer: Answer, rows: Floats, background: Floats, pairs: int = 16, seed: int = 0) -> Estimate:
    """Mean change of the answer when a feature turns from a background row's value to the row's own.

    For each of `pairs` random orders of the features, and the same order backwards (antithetic, which halves the
    variance of models that are nearly additive), one background row is turned into the row feature by feature; the
    value of a feature is its mean step. Every walk's steps sum to the difference of its two ends, so values are
    additive whatever the number of walks; the remainder to `expected`, the mean answer of the whole background, is
    shared out in proportion to the standard errors. It asks for 2 pairs (features + 1) answers a row.

    Raises ValueError for fewer than two pairs, which would have no error to tell, or without background.

    Source: Castro, Gomez & Tejada, Polynomial calculation of the Shapley value based on sampling (2009); Mitchell et
    al., Sampling permutations for Shapley value estimation (2022).

    >>> linear = lambda rows: rows @ np.array([2.0, -1.0])
    >>> sampled_shapley(linear, np.array([[1.0, 1.0]]), np.zeros((1, 2))).values.tolist()
    [[2.0, -1.0]]
    """
    if pairs < 2 or not len(background):
        raise ValueError(f"needs at least two pairs of walks and a background row, got {pairs} and {len(background)}")
    random = np.random.default_rng(seed)
    features = rows.shape[1]
    expected = float(np.mean(answer(background)))
    values, errors = np.zeros(rows.shape), np.zeros(rows.shape)
    for at, row in enumerate(rows):
        steps = np.empty((pairs, features))
        starts = background[random.integers(0, len(background), pairs)]
        for pair, start in enumerate(starts):
            order = random.permutation(features)
            steps[pair] = (_walk(answer, start, row, order) + _walk(answer, start, row, order[::-1])) / 2
        values[at] = steps.mean(axis=0)
        errors[at] = steps.std(axis=0, ddof=1) / np.sqrt(pairs)
    rest = answer(rows) - expected - values.sum(axis=1)
    total = errors.sum(axis=1, keepdims=True)
    shares = np.divide(errors, total, out=np.full(errors.shape, 1 / features), where=total > 0)
    return Estimate(values + shares * rest[:, None], errors, expected)


def _walk(answer: Answer, start: Floats, row: Floats, order: NDArray[np.int64]) -> Floats:
    """Steps of one walk, by feature."""
    path = np.repeat(start[None], len(order) + 1, axis=0)
    for step, feature in enumerate(order):
        path[step + 1 :, feature] = row[feature]
    changes = np.diff(answer(path))
    steps = np.empty(len(order))
    steps[order] = changes
    return steps


def linear_shapley(weights: Floats, rows: Floats, means: Floats) -> Floats:
    """Exact values of a linear model with independent features: weight times distance from the mean.

    >>> linear_shapley(np.array([1.0, 0.0]), np.array([[3.0, 5.0]]), np.array([1.0, 1.0])).tolist()
    [[2.0, 0.0]]

    Source: Strumbelj & Kononenko, Explaining prediction models and individual predictions (2014).
    """
    return np.asarray((rows - means) * weights)
