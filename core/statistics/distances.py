"""Distances between two distributions over the same bins.

Every function takes two arrays of the same length with the mass of each bin: counts or shares, not negative, of any
sum; each side is divided by its own sum. Two empty sides are equal (distance 0); an empty side and one that is not
differ in everything (the largest distance).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Key = TypeVar("Key", bound=Hashable)

FLOOR = 1e-4
"""Share that an empty bin counts as in the population stability index."""
C_ALPHA = 1.8
"""Deequ's default in `robust`: alpha = 0.003."""


def kolmogorov_smirnov(p: ArrayLike, q: ArrayLike) -> float:
    """max_k |P_k - Q_k|, with P_k = p_1 + ... + p_k: the largest gap between the cumulative distributions.

    The bins are in order. 0: equal; 1: all of p lies below all of q, or above. Over bins it is at most the distance
    of the samples themselves, and equal to it where every value has a bin of its own.

    >>> kolmogorov_smirnov([1, 1, 1, 1, 0], [0, 1, 1, 1, 1])
    0.25

    Source: Knuth, The Art of Computer Programming, volume 2, section 3.3.1; Deequ, analyzers/Distance.scala.
    """
    return _unless_empty(p, q, lambda a, b: float(np.abs(np.cumsum(a) - np.cumsum(b)).max()))


def l_infinity(p: ArrayLike, q: ArrayLike) -> float:
    """max_k |p_k - q_k|: the largest change of one category's share. 0: equal; 1: all mass changed category.

    >>> round(l_infinity([3, 7, 0], [0, 9, 1]), 12)
    0.3

    Source: TensorFlow Data Validation, anomalies/metrics.cc; Deequ, analyzers/Distance.scala.
    """
    return _unless_empty(p, q, lambda a, b: float(np.abs(a - b).max()))


def normalized_absolute_difference(p: ArrayLike, q: ArrayLike) -> float:
    """max_k |p_k - q_k| / (sum p + sum q), of counts as they are: tells a change of size as well as one of shares.

    0: equal counts; 1: all counts in one bin, of one side. Two empty sides are equal.

    >>> round(normalized_absolute_difference([1, 5], [10, 50]), 4)
    0.6818

    Source: TensorFlow Data Validation, anomalies/metrics.cc.
    """
    a, b = np.asarray(p, float), np.asarray(q, float)
    total = a.sum() + b.sum()
    return float(np.abs(a - b).max(initial=0.0) / total) if total else 0.0


def jensen_shannon(p: ArrayLike, q: ArrayLike) -> float:
    """(KL(p || m) + KL(q || m)) / 2 with m = (p + q) / 2 and logarithms of base 2: the divergence.

    Its square root, the distance, is what some libraries call by the same name. 0: equal; 1: no bin in common. A bin
    that is empty on both sides adds nothing.

    >>> jensen_shannon([1, 0], [0, 1])
    1.0

    Source: Lin, Divergence measures based on the Shannon entropy (1991); TensorFlow Data Validation, metrics.cc.
    """
    return _unless_empty(p, q, lambda a, b: float(np.sum(jensen_shannon_part(a, b))))


def jensen_shannon_part(p: Floats, q: Floats) -> Floats:
    """Of one bin, by its shares."""
    middle = (p + q) / 2
    return (_kullback_leibler(p, middle) + _kullback_leibler(q, middle)) / 2


def population_stability(p: ArrayLike, q: ArrayLike, floor: float = FLOOR) -> float:
    """sum_k (p_k - q_k) ln(p_k / q_k), the population stability index (PSI). Symmetric.

    A share of 0 counts as `floor`: without it one empty bin makes the index infinite. 0: equal; there is no largest
    value. By custom 0.1 is a small shift and 0.25 a large one.

    >>> round(population_stability([10, 20, 70], [20, 20, 60]), 4)
    0.0847

    Source: Siddiqi, Credit Risk Scorecards (2006), chapter 7; Deequ, analyzers/Distance.scala.
    """
    a, b = _shares(p), _shares(q)
    if a is None and b is None:
        return 0.0
    a, b = (np.zeros_like(np.asarray(p, float)) if side is None else side for side in (a, b))
    return float(np.sum(population_stability_part(a, b, floor)))


def population_stability_part(p: Floats, q: Floats, floor: float = FLOOR) -> Floats:
    """Of one bin, by its shares."""
    a, b = np.maximum(p, floor), np.maximum(q, floor)
    return np.asarray((a - b) * np.log(a / b), float)


def robust(distance: float, n: float, m: float, alpha: float | None = None) -> float:
    """max(0, D - c sqrt((n + m) / (n m))): what is left of D when the chance of two samples of n and m values is taken
    off.

    c = sqrt(-ln(alpha / 2) / 2), or 1.8 without `alpha`. 0 where a sample is empty: it proves nothing.

    >>> round(robust(0.5, 100, 100), 4), robust(0.1, 100, 100), robust(0.5, 0, 100)
    (0.2454, 0.0, 0.0)

    Source: Deequ, analyzers/Distance.scala, `selectMetrics`; Knuth, as above, equation 15.
    """
    if n <= 0 or m <= 0:
        return 0.0
    c = C_ALPHA if alpha is None else math.sqrt(-math.log(alpha / 2) / 2)
    return max(0.0, distance - c * math.sqrt((n + m) / (n * m)))


def aligned(p: Mapping[Key, float], q: Mapping[Key, float]) -> tuple[Floats, Floats]:
    """Masses of two sets of categories over their union; a category that is absent has mass 0.

    >>> [side.tolist() for side in aligned({"a": 1, "b": 2}, {"b": 3, "c": 4})]
    [[1.0, 2.0, 0.0], [0.0, 3.0, 4.0]]
    """
    keys = list(dict.fromkeys((*p, *q)))
    return np.array([p.get(key, 0) for key in keys], float), np.array([q.get(key, 0) for key in keys], float)


def _unless_empty(p: ArrayLike, q: ArrayLike, distance: Callable[[Floats, Floats], float]) -> float:
    a, b = _shares(p), _shares(q)
    if a is None or b is None:
        return 0.0 if a is b else 1.0
    return distance(a, b)


def _shares(mass: ArrayLike) -> Floats | None:
    """None for an empty side. Raises ValueError for masses that are none."""
    values = np.asarray(mass, float)
    if values.ndim != 1 or not np.isfinite(values).all() or (values < 0).any():
        raise ValueError(f"masses of bins are a list of finite numbers that are not negative, got {values!r:.80}")
    total = values.sum()
    return values / total if total > 0 else None


def _kullback_leibler(p: Floats, q: Floats) -> Floats:
    """p log2(p / q) of each bin; 0 where p is."""
    ratio = np.divide(p, q, out=np.ones(np.broadcast(p, q).shape), where=q > 0)
    return np.asarray(p * np.log2(np.where(p > 0, np.where(ratio > 0, ratio, 1.0), 1.0)), float)
