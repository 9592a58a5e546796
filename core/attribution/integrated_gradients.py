"""Integrated Gradients: attributions of a differentiable model along the straight way from a baseline."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.attribution.sampled_shapley import Answer, Floats

Gradient = Callable[[Floats], Floats]
"""Rows [n, features] to the answer's gradients [n, features]."""
TOLERANCE = 0.05
"""Share of the answers' difference that values may miss before they are refused."""


class NotConverged(ValueError):
    """The values do not sum to the difference of the answers: more steps are needed, or the gradient is wrong."""


def integrated_gradients(answer: Answer, gradient: Gradient, rows: Floats, baseline: Floats, steps: int = 64) -> Floats:
    """Values [rows, features] = (x - x0) * integral over t in [0, 1] of the gradient at x0 + t (x - x0).

    By Gauss-Legendre points. By the fundamental theorem they sum to answer(x) - answer(x0); NotConverged is raised
    where they miss it by more than TOLERANCE of the difference (or of 1 % of the answers, where that is larger).

    Source: Sundararajan, Taly & Yan, Axiomatic attribution for deep networks (2017), equation 1.
    """
    points, weights = np.polynomial.legendre.leggauss(steps)
    way = rows - baseline
    total = np.zeros(rows.shape)
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        total += weight * gradient(baseline + point * way)
    values = way * total
    said, at_baseline = answer(rows), answer(np.broadcast_to(baseline, rows.shape))
    missed = np.abs(values.sum(axis=1) - (said - at_baseline))
    allowed = TOLERANCE * np.maximum(np.abs(said - at_baseline), 0.01 * (np.abs(said) + np.abs(at_baseline)) + 1e-9)
    if (missed > allowed).any():
        worst = int(np.argmax(missed - allowed))
        raise NotConverged(
            f"the values of row {worst} miss the difference of its answers by {missed[worst]:.3g}; take more than "
            f"{steps} steps"
        )
    return np.asarray(values)
