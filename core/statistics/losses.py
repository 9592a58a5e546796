"""How far a regression's answers are off where no label is known: by held-out rows that are like the window's.

An answer that is a number says nothing of its own error. A second model can: it learns from held-out rows how large the
error is at which inputs (direct loss estimation). What it gets wrong there, weighed by how much each held-out row is
like the window's (`containers.monitor.likeness`), is taken off: so the estimate is right on average where either the
second model or the weights are. As everything without labels it cannot see that the relation of inputs to label moved.

Sources: NannyML's documentation, "How DLE works"; Robins, Rotnitzky & Zhao, Estimation of regression coefficients when
some regressors are not always observed, JASA 89 (1994), for the combination.
"""

from __future__ import annotations

import numpy as np

from core.statistics.distances import Floats
from core.statistics.estimate import Estimate
from core.statistics.intervals import Z

LEAST_ROWS = 1000
"""Held-out rows that it takes: of fewer, squared errors under a shift are missed by one interval in seven."""


def estimate_loss(losses: Floats, guessed: Floats, now: Floats, weights: Floats) -> Estimate:
    """Mean loss of the window's rows: mean(now) + sum(w (losses - guessed)) / sum(w); at least 0.

    `losses` of held-out rows, `guessed` for them by a model that did not learn from them, `now` guessed for the
    window's rows. The interval is that of what labels of these rows would give: Z standard errors, of the losses around
    what is guessed (in the window, and in the held-out rows), and what the weights moved once more, as for a
    classifier. Models of few rows take a shift in part, so it reaches as far again to the side to which the estimate
    went from the held-out rows' own loss.

    >>> even = np.ones(4)
    >>> found = estimate_loss(np.array([1.0, 3.0, 1.0, 3.0]), 2 * even, 2 * even, even)
    >>> found.value, round((found.high - found.low) / 2, 3)
    (2.0, 1.386)
    """
    rest, shares = losses - guessed, weights / weights.sum()
    moved = float(shares @ rest)
    spread = float(shares @ (rest - moved) ** 2)
    error = np.sqrt(spread / len(now) + float(shares**2 @ (rest - moved) ** 2))
    half = Z * float(error) + abs(moved - float(rest.mean()))
    value = max(0.0, float(now.mean()) + moved)
    farther = value - float(losses.mean())
    return Estimate(value, max(0.0, value - half + min(0.0, farther)), value + half + max(0.0, farther))


def root(found: Estimate) -> Estimate:
    """Of a mean squared error, in the unit of the label."""
    return Estimate(*(float(np.sqrt(each)) for each in (found.value, found.low, found.high)))
