"""How sure a regression's errors are, and how much better another one's answers to the same rows are.

Errors of different rows are independent, so their mean has the standard error s / sqrt(n). Of what is a function of
means (rmse, r2) the interval comes from its linear part at the means (the delta method). The quantile is Student's.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from core.contracts.problem import QUALITY_METRICS, REGRESSION
from core.statistics.paired import Difference, Z
from core.statistics.regression import Errors

METRICS = QUALITY_METRICS[REGRESSION]

Floats = NDArray[np.float64]


def interval(metric: str, labels: Floats, answers: Floats) -> tuple[float, float]:
    """95 % interval of mae, mse, rmse or r2 on these rows; an error is at least 0, r2 at most 1.

    Everything there is with fewer than two rows. Raises ValueError for an unknown metric.
    """
    _check(metric)
    if metric != "r2":
        return Errors.of(labels, answers).interval(metric)
    squares, spread = (answers - labels) ** 2, (labels - labels.mean()) ** 2 if len(labels) else labels
    if len(labels) < 2 or not spread.any():
        return -math.inf, 1.0
    value = 1 - squares.sum() / spread.sum()
    half = _half((squares - (1 - value) * spread) / spread.mean())
    return float(value - half), min(1.0, float(value + half))


def difference(metric: str, labels: Floats, first: Floats, second: Floats) -> Difference:
    """How much better the first answers are than the second: the second error minus the first, or the first r2 minus
    the second; with a 95 % interval of paired rows.

    With d the difference of the two models' absolute (mae) or squared errors (mse, rmse, r2) in each row:

    - mae, mse: mean d ± t s(d) / sqrt(n)
    - rmse: as the linear part of the two roots, e²/(2 rmse) in each row
    - r2: mean d / mean s with s = (y - mean y)², by (d - R s) / mean s, R the ratio of the means

    Needs two rows; r2 also different labels. Raises ValueError for an unknown metric.

    >>> y = np.arange(40.0)
    >>> found = difference("mae", y, y + 1, y - 2)
    >>> found.point, round(found.low, 3), round(found.high, 3)
    (1.0, 1.0, 1.0)
    """
    _check(metric)
    ones, others = first - labels, second - labels
    if metric == "mae":
        return _of_mean(np.abs(others) - np.abs(ones))
    squares = others**2 - ones**2
    if metric == "mse":
        return _of_mean(squares)
    if metric == "rmse":
        one, other = math.sqrt(float((ones**2).mean())), math.sqrt(float((others**2).mean()))
        half = _half(_rooted(others, other) - _rooted(ones, one))
        return Difference(other - one, other - one - half, other - one + half)
    spread = (labels - labels.mean()) ** 2
    ratio = float(squares.mean() / spread.mean())
    half = _half((squares - ratio * spread) / spread.mean())
    return Difference(ratio, ratio - half, ratio + half)


def _rooted(errors: Floats, rmse: float) -> Floats:
    """The linear part of the root of a mean of squares; without any error there is nothing to be unsure of."""
    return errors**2 / (2 * rmse) if rmse else np.zeros_like(errors)


def _of_mean(values: Floats) -> Difference:
    point, half = float(values.mean()), _half(values)
    return Difference(point, point - half, point + half)


def _half(values: Floats) -> float:
    """Half of the 95 % interval of the mean."""
    return student(len(values) - 1) * float(values.std(ddof=1)) / math.sqrt(len(values))


def student(freedom: int) -> float:
    """0.975 quantile of Student's t, from 20 degrees of freedom on right to four digits.

    z + (z³ + z) / 4f + (5z⁵ + 16z³ + 3z) / 96f² + (3z⁷ + 19z⁵ + 17z³ - 15z) / 384f³, z of the normal distribution.
    Source: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 26.7.5.

    >>> round(student(29), 4)
    2.0452
    """
    z, f = Z, float(freedom)
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / f + second / f**2 + third / f**3


def _check(metric: str) -> None:
    if metric not in METRICS:
        raise ValueError(f"no comparison is known for {metric!r}; it is for {', '.join(METRICS)}")
