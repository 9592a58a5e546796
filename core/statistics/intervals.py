"""95 % confidence intervals of a classifier's quality."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959963984540054
"""0.975 quantile of the normal distribution."""
BISECTIONS = 60
"""Halvings, after which a bound is as exact as a number can be."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """Rows by their label and the model's answer."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int


def quality_interval(metric: str, value: float, found: Confusion) -> tuple[float, float]:
    """Bounds of accuracy, precision, recall, f1 or auc, given its value and the rows it was computed from.

    - accuracy, precision and recall are proportions: Wilson's interval;
    - f1 = 2 j / (1 + j) with j = tp / (tp + fp + fn), which is one too, and f1 rises with it;
    - auc: `hanley_mcneil`.

    Raises ValueError for another metric.

    >>> [round(bound, 3) for bound in quality_interval("accuracy", 0.8, Confusion(40, 10, 10, 40))]
    [0.711, 0.867]
    """
    hits = found.true_positives
    wrong = found.false_positives + found.false_negatives
    right = hits + found.true_negatives
    if metric == "accuracy":
        return wilson(right, right + wrong)
    if metric == "precision":
        return wilson(hits, hits + found.false_positives)
    if metric == "recall":
        return wilson(hits, hits + found.false_negatives)
    if metric == "f1":
        low, high = (2 * share / (1 + share) for share in wilson(hits, hits + wrong))
        return low, high
    if metric == "auc":
        return hanley_mcneil(value, hits + found.false_negatives, found.true_negatives + found.false_positives)
    raise ValueError(f"no interval is known for {metric!r}; it is for accuracy, precision, recall, f1 and auc")


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n): the interval of a proportion p of n trials.

    It stays within 0 and 1 and has a width even where p is 0 or 1; without trials it is everything.

    >>> [round(bound, 4) for bound in wilson(10, 10)], wilson(0, 0)
    ([0.7225, 1.0], (0.0, 1.0))

    Source: Wilson, Probable inference, the law of succession, and statistical inference (1927).
    """
    if trials == 0:
        return 0.0, 1.0
    p, zz = successes / trials, Z * Z / trials
    centre, half = p + zz / 2, Z * math.sqrt(p * (1 - p) / trials + zz / (4 * trials))
    return max(0.0, (centre - half) / (1 + zz)), min(1.0, (centre + half) / (1 + zz))


def hanley_mcneil(auc: float, positives: int, negatives: int) -> tuple[float, float]:
    """Every a with |auc - a| <= z se(a): Hanley & McNeil's variance, taken at what the area may be.

    se(a)² = a(1-a) (1 + (n₁-1)(1-a)/(2-a) + (n₀-1)a/(1+a)) / (n₁ n₀) holds where the scores of label 1 spread more than
    those of label 0; where they spread less, the same with the mean of n₁ and n₀ in place of both does. The larger one
    is taken. As Wilson's, the interval stays within 0 and 1 and has a width even where the area is 0 or 1. Without
    rows of both labels it is everything.

    >>> [round(bound, 3) for bound in hanley_mcneil(1.0, 10, 40)]
    [0.839, 1.0]

    Sources: Hanley & McNeil, The meaning and use of the area under a ROC curve (1982); Newcombe, Confidence intervals
    for an effect size measure based on the Mann-Whitney statistic, part 2 (2006): there it is methods 4 and 5.
    """
    if not positives or not negatives:
        return 0.0, 1.0
    return _bound(auc, positives, negatives), 1 - _bound(1 - auc, negatives, positives)


def _bound(auc: float, positives: int, negatives: int) -> float:
    """The lower one. The upper one is 1 minus that of the same scores in reverse."""
    low, high = 0.0, auc
    for _ in range(BISECTIONS):
        a = (low + high) / 2
        mean = (positives + negatives) / 2
        spread = max(_spread(a, positives, negatives), _spread(a, mean, mean))
        if auc - a > Z * math.sqrt(a * (1 - a) * spread / (positives * negatives)):
            low = a
        else:
            high = a
    return low


def _spread(area: float, positives: float, negatives: float) -> float:
    """How many times the variance is that of independent pairs."""
    return 1 + (positives - 1) * (1 - area) / (2 - area) + (negatives - 1) * area / (1 + area)
