"""LIME: how a model answers around one row, as a weighted linear model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.attribution.sampled_shapley import Answer, Floats

WIDTH = 0.75
"""Times the root of the number of features: the width of the neighbourhood, in standard deviations."""
RIDGE = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Local:
    """Change of the answer for one standard deviation of each feature, and how well that explains it."""

    weights: Floats
    fit: float
    """Weighted R^2 of the linear model in the neighbourhood: near 0 the weights say nothing."""


def lime(answer: Answer, row: Floats, deviations: Floats, samples: int = 1000, seed: int = 0) -> Local:
    """Ridge regression of the answers of rows around `row`, weighted by exp(-distance^2 / width^2).

    `deviations` holds each feature's standard deviation; one of 0 is not varied, and gets the weight 0. Not additive,
    unlike Shapley values: it tells directions, not shares. Source: Ribeiro, Singh & Guestrin, "Why should I trust
    you?" (2016), section 3, with the defaults of its tabular explainer.

    >>> linear = lambda rows: rows @ np.array([2.0, -1.0])
    >>> lime(linear, np.array([1.0, 1.0]), np.array([1.0, 1.0])).weights.round(1).tolist()
    [2.0, -1.0]
    """
    random = np.random.default_rng(seed)
    steps = random.normal(size=(samples, len(row))) * (deviations > 0)
    near = np.exp(-(steps**2).sum(axis=1) / (WIDTH * np.sqrt(len(row))) ** 2)
    answers = answer(row + steps * deviations)
    share = near / near.sum()
    centred, target = steps - share @ steps, answers - share @ answers
    weighted = centred * near[:, None]
    found = np.linalg.solve(centred.T @ weighted + RIDGE * np.eye(len(row)), weighted.T @ target)
    spread = float(share @ target**2)
    left = float(share @ (target - centred @ found) ** 2)
    return Local(found, max(0.0, 1 - left / spread) if spread else 0.0)
