"""How large a distance is by chance: between two samples that are drawn from one distribution.

Kolmogorov-Smirnov and L-infinity distances have a bound that holds whatever the distribution is
(`core.statistics.distances.robust`). How large others are depends on the bins: a hundred bins and a hundred rows alone
make a population stability index of 2. Here their mean and variance are computed for the two samples' own sizes and
common shares, and of these the value that they exceed three times in a thousand, as often as that bound is exceeded.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from core.statistics.distances import Floats

NORMAL_QUANTILE = 2.748
"""That a standard normal number exceeds with alpha = 0.003, as in `core.statistics.distances.C_ALPHA`."""
MANY = 30.0
"""Expected counts from which on a count is taken as normal; below, every possible count is summed over."""


def of_sum(part: Callable[[Floats, Floats], Floats], p: Floats, q: Floats) -> float:
    """What chance gives sum_k part(p_k / n, q_k / m), for counts `p` and `q` of the same bins; 0 for an empty side.

    Counts are taken as independent Poisson numbers, of which the fixed sums take away one bin of those that are
    occupied. Where all counts are large it is what is known: of the population stability index, mean
    (B - 1) (1/n + 1/m) and variance 2 (B - 1) (1/n + 1/m)^2; of the Jensen-Shannon divergence an eighth of that mean,
    in nats. Where they are small, or a share of 0 counts as a floor, these are far too small.

    Sources: Yurdakul & Naranjo, Statistical properties of the population stability index (Journal of Risk Model
    Validation 14, 2020); Grosse et al., Analysis of symbolic sequences using the Jensen-Shannon divergence (Physical
    Review E 65, 2002).
    """
    n, m = float(p.sum()), float(q.sum())
    if n <= 0 or m <= 0:
        return 0.0
    mean = variance = 0.0
    pooled = (p + q) / (n + m)
    shares, bins = np.unique(pooled[pooled > 0], return_counts=True)
    for share, many in zip(shares.tolist(), bins.tolist(), strict=True):
        (x, of_x), (y, of_y) = _counts(n * share), _counts(m * share)
        found, weights = part(x[:, None] / n, y[None, :] / m), of_x[:, None] * of_y[None, :]
        own = float((weights * found).sum())
        mean += many * own
        variance += many * (float((weights * found**2).sum()) - own**2)
    free = 1 - 1 / int(bins.sum())
    return _exceeded(free * mean, free * variance)


def of_wasserstein(edges: Floats, p: Floats, q: Floats) -> float:
    """What chance gives the integral of |F - G| between the edges of histograms with counts `p` and `q`.

    F - G is as good as a Brownian bridge: at an edge with share F below it, normal with variance F (1 - F) (1/n + 1/m).
    So E|F - G| is sqrt(2 / pi) of its deviation, and the covariance at two edges follows from their correlation.

    Sources: del Barrio, Gine & Matran, Central limit theorems for the Wasserstein distance (Annals of Probability 27,
    1999); Kamat, Incomplete and absolute moments of the multivariate normal distribution (Biometrika 40, 1953).
    """
    n, m = float(p.sum()), float(q.sum())
    if n <= 0 or m <= 0 or len(edges) < 2:
        return 0.0
    below = np.clip(np.cumsum(p + q)[:-1] / (n + m), 0.0, 1.0)
    gaps = np.diff(edges)
    widths = (np.append(gaps, 0.0) + np.append(0.0, gaps)) / 2
    inside = (below > 0) & (below < 1)
    below, widths = below[inside], widths[inside]
    sizes = widths * np.sqrt(below * (1 - below) * (1 / n + 1 / m))
    odds = np.sqrt(below / (1 - below))
    correlation = np.minimum(odds[:, None], odds[None, :]) / np.maximum(odds[:, None], odds[None, :])
    shape = np.sqrt(1 - correlation**2) + correlation * np.arcsin(correlation) - 1
    return _exceeded(math.sqrt(2 / math.pi) * float(sizes.sum()), 2 / math.pi * float(sizes @ shape @ sizes))


def _counts(expected: float) -> tuple[Floats, Floats]:
    """Counts, and how probable each is: a Poisson number, or for a large one the three nodes by which Gauss and Hermite
    integrate a normal one."""
    if expected >= MANY:
        apart = math.sqrt(3 * expected)
        return np.array([expected - apart, expected, expected + apart]), np.array([1 / 6, 2 / 3, 1 / 6])
    counts = np.arange(math.ceil(expected + 8 * math.sqrt(expected) + 8), dtype=float)
    logs = np.concatenate(([0.0], np.cumsum(np.log(expected / counts[1:])))) - expected
    return counts, np.exp(logs)


def _exceeded(mean: float, variance: float) -> float:
    """What is exceeded three times in a thousand by a positive number that is distributed as a multiple of chi-square.

    Sources: Satterthwaite, An approximate distribution of estimates of variance components (Biometrics 2, 1946); Wilson
    & Hilferty, The distribution of chi-square (PNAS 17, 1931).
    """
    if mean <= 0:
        return 0.0
    spread = variance / (9 * mean**2)  # 2 / (9 degrees of freedom), of which there are 2 mean^2 / variance
    return mean * (1 - spread + NORMAL_QUANTILE * math.sqrt(max(spread, 0.0))) ** 3
