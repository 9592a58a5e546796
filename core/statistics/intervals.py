"""95 % confidence intervals of a classifier's quality."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959963984540054
"""0.975 quantile of the normal distribution."""


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
    - auc: `value` plus and minus Z standard errors of Hanley & McNeil.

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
    """auc ± z se, with se² = (a(1-a) + (n₁-1)(a/(2-a) - a²) + (n₀-1)(2a²/(1+a) - a²)) / (n₁ n₀).

    Without rows of both labels it is everything.

    Source: Hanley & McNeil, The meaning and use of the area under a ROC curve (1982).
    """
    if not positives or not negatives:
        return 0.0, 1.0
    square = auc * auc
    variance = auc * (1 - auc) + (positives - 1) * (auc / (2 - auc) - square)
    variance += (negatives - 1) * (2 * square / (1 + auc) - square)
    half = Z * math.sqrt(max(0.0, variance) / (positives * negatives))
    return max(0.0, auc - half), min(1.0, auc + half)
