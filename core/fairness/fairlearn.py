"""Group metrics as Fairlearn's `MetricFrame` gives them: a rate for each group, then its spread.

Definitions: https://fairlearn.org/main/user_guide/assessment/ ; 0/0 counts as 0 in a rate, as there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.fairness.tally import NO, YES, Counts, Tally

Method = Literal["between_groups", "to_overall"]
Floats = NDArray[np.float64]
Rate = Callable[[Counts], Floats]


def _rate(part: Counts, whole: Counts) -> Floats:
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)


def mean_prediction(scores: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Weighted mean of a group's answers, for models whose answer is a number. NaN where there is none.

    >>> mean_prediction([0, 1, 2, 3, 4], [8, 2, 1, 2, 1])
    1.0
    """
    numbers = np.asarray(scores, float)
    weights = np.ones(len(numbers)) if weight is None else np.asarray(weight, float)
    return float((numbers * weights).sum() / weights.sum()) if weights.sum() else math.nan


def selection_rate(counts: Counts) -> Floats:
    """Share of rows with a positive answer: counts [..., label, answer] -> [...]."""
    return _rate(counts[..., YES].sum(-1), counts[..., :, :2].sum((-2, -1)))


def true_positive_rate(counts: Counts) -> Floats:
    return _rate(counts[..., YES, YES], counts[..., YES, :2].sum(-1))


def false_positive_rate(counts: Counts) -> Floats:
    return _rate(counts[..., NO, YES], counts[..., NO, :2].sum(-1))


def true_negative_rate(counts: Counts) -> Floats:
    return _rate(counts[..., NO, NO], counts[..., NO, :2].sum(-1))


def false_negative_rate(counts: Counts) -> Floats:
    return _rate(counts[..., YES, NO], counts[..., YES, :2].sum(-1))


def accuracy(counts: Counts) -> Floats:
    return _rate(counts[..., YES, YES] + counts[..., NO, NO], counts[..., :2, :2].sum((-2, -1)))


def precision(counts: Counts) -> Floats:
    return _rate(counts[..., YES, YES], counts[..., :2, YES].sum(-1))


RATES: Mapping[str, Rate] = {
    "accuracy": accuracy,
    "false_negative_rate": false_negative_rate,
    "false_positive_rate": false_positive_rate,
    "precision": precision,
    "selection_rate": selection_rate,
    "true_negative_rate": true_negative_rate,
    "true_positive_rate": true_positive_rate,
}
ANSWERS_ALONE = frozenset({"selection_rate"})


@dataclass(frozen=True, slots=True)
class Spread:
    """One rate over the groups. Groups without rows are left out of the differences and ratios."""

    by_group: tuple[float, ...]
    """NaN for a group without rows."""
    overall: float

    def difference(self, method: Method = "between_groups") -> float:
        """Largest minus smallest rate, or the largest distance to the overall rate: 0 is parity."""
        known = [rate for rate in self.by_group if not math.isnan(rate)]
        if not known:
            return math.nan
        if method == "to_overall":
            return max(abs(rate - self.overall) for rate in known)
        return max(known) - min(known)

    def ratio(self, method: Method = "between_groups") -> float:
        """Smallest by largest rate, or the smallest ratio to the overall rate, turned so that it is at most 1.

        1 is parity; NaN where all rates are 0.
        """
        known = [rate for rate in self.by_group if not math.isnan(rate)]
        pairs = (
            [(rate, self.overall) for rate in known]
            if method == "to_overall"
            else [(min(known, default=0.0), max(known, default=0.0))]
        )
        ratios = [min(pair) / max(pair) for pair in pairs if max(pair) > 0]
        return min(ratios, default=math.nan)


def spread(tally: Tally, rate: str) -> Spread:
    """One of RATES over the groups of a tally. Raises LookupError for another one."""
    if rate not in RATES:
        raise LookupError(f"no rate is called {rate!r}; known are {', '.join(RATES)}")
    counts = tally.counts.sum(axis=0)
    known = counts if rate in ANSWERS_ALONE else counts[:, :2]
    present = known[..., :2].sum(axis=(1, 2)) > 0
    by_group = np.where(present, RATES[rate](counts), np.nan)
    return Spread(tuple(by_group.tolist()), float(RATES[rate](counts.sum(axis=0))))


def demographic_parity_difference(tally: Tally) -> float:
    return spread(tally, "selection_rate").difference()


def demographic_parity_ratio(tally: Tally) -> float:
    return spread(tally, "selection_rate").ratio()


def equal_opportunity_difference(tally: Tally) -> float:
    return spread(tally, "true_positive_rate").difference()


def equalized_odds_difference(tally: Tally) -> float:
    """The larger of the differences of true and false positive rates."""
    return max(spread(tally, rate).difference() for rate in ("true_positive_rate", "false_positive_rate"))


def equalized_odds_ratio(tally: Tally) -> float:
    """The smaller of the ratios of true and false positive rates."""
    return min(spread(tally, rate).ratio() for rate in ("true_positive_rate", "false_positive_rate"))


SUMMARIES: Mapping[str, Callable[[Tally], float]] = {
    "demographic_parity_difference": demographic_parity_difference,
    "demographic_parity_ratio": demographic_parity_ratio,
    "equal_opportunity_difference": equal_opportunity_difference,
    "equalized_odds_difference": equalized_odds_difference,
    "equalized_odds_ratio": equalized_odds_ratio,
}
