"""Integrated Gradients: attributions of a differentiable model along the straight way from a baseline."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.attribution.sampled_shapley import Answer, Floats

Gradient = Callable[[Floats], Floats]
"""Rows [n, features] to the answer's gradients [n, features]."""
TOLERANCE = 0.05
"""Share of the answers' difference that values may miss before they are refused..."""
CANCELLED = 0.4
"""...or of this share of their absolute sum: what cancels is known no better than what it is made of."""
AT_ONCE = 1 << 14
"""Rows that one call of the gradient gets, those of several points together."""


class NotConverged(ValueError):
    """The values do not sum to the difference of the answers: more steps are needed, or the gradient is wrong."""


def integrated_gradients(answer: Answer, gradient: Gradient, rows: Floats, baseline: Floats, steps: int = 64) -> Floats:
    """Values [rows, features] = (x - x0) * integral over t in [0, 1] of the gradient at x0 + t (x - x0).

    By Gauss-Legendre points. By the fundamental theorem they sum to answer(x) - answer(x0); NotConverged is raised
    where they miss it by more than TOLERANCE of the difference (or of 1 % of the answers, or of 40 % of the values'
    absolute sum, where one of these is larger).

    Source: Sundararajan, Taly & Yan, Axiomatic attribution for deep networks (2017), equation 1.
    """
    points, weights = np.polynomial.legendre.leggauss(steps)
    way = rows - baseline
    points, weights, total = (points + 1) / 2, weights / 2, np.zeros(rows.shape)
    together = max(1, AT_ONCE // max(1, len(rows)))
    for at in range(0, steps, together):
        some = points[at : at + together, None, None]
        found = gradient((baseline + some * way).reshape(-1, rows.shape[1])).reshape(len(some), *rows.shape)
        total += np.tensordot(weights[at : at + together], found, axes=1)
    values = way * total
    said, at_baseline = answer(rows), answer(np.broadcast_to(baseline, rows.shape))
    missed = np.abs(values.sum(axis=1) - (said - at_baseline))
    answered = 0.01 * (np.abs(said) + np.abs(at_baseline)) + 1e-9
    cancelled = CANCELLED * np.abs(values).sum(axis=1)
    allowed = TOLERANCE * np.max([np.abs(said - at_baseline), answered, cancelled], axis=0)
    if (missed > allowed).any():
        worst = int(np.argmax(missed - allowed))
        raise NotConverged(
            f"the values of row {worst} miss the difference of its answers by {missed[worst]:.3g}; take more than "
            f"{steps} steps"
        )
    return np.asarray(values)
