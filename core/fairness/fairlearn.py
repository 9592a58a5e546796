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
METHODS: tuple[Method, ...] = ("between_groups", "to_overall")
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


def spread(tally: Tally, rate: str, least: int = 1) -> Spread:
    """One of RATES over the groups of a tally; those with fewer rows than `least` are left out as if they had none.

    Raises LookupError for another rate.
    """
    if rate not in RATES:
        raise LookupError(f"no rate is called {rate!r}; known are {', '.join(RATES)}")
    counts = tally.counts.sum(axis=0)
    known = counts if rate in ANSWERS_ALONE else counts[:, :2]
    present = known[..., :2].sum(axis=(1, 2)) >= max(least, 1)
    by_group = np.where(present, RATES[rate](counts), np.nan)
    return Spread(tuple(by_group.tolist()), float(RATES[rate](counts.sum(axis=0))))


@dataclass(frozen=True, slots=True)
class Disparity:
    """How far groups are apart by some rates: of several, the worst counts."""

    rates: tuple[str, ...]
    kind: Literal["difference", "ratio"]

    @property
    def parity(self) -> float:
        return 0.0 if self.kind == "difference" else 1.0

    def of(self, tally: Tally, method: Method = "between_groups", least: int = 1) -> float:
        """NaN where no rate is known; of several those that are count, where Fairlearn gives NaN. A ratio of rates
        that are all 0 is not known."""
        found = [getattr(spread(tally, rate, least), self.kind)(method) for rate in self.rates]
        known = [value for value in found if not math.isnan(value)]
        return (max if self.kind == "difference" else min)(known, default=math.nan)


_SELECTION, _OPPORTUNITY = ("selection_rate",), ("true_positive_rate",)
_ODDS = ("true_positive_rate", "false_positive_rate")
DISPARITIES: Mapping[str, Disparity] = {
    "demographic_parity_difference": Disparity(_SELECTION, "difference"),
    "demographic_parity_ratio": Disparity(_SELECTION, "ratio"),
    "equal_opportunity_difference": Disparity(_OPPORTUNITY, "difference"),
    "equal_opportunity_ratio": Disparity(_OPPORTUNITY, "ratio"),
    "equalized_odds_difference": Disparity(_ODDS, "difference"),
    "equalized_odds_ratio": Disparity(_ODDS, "ratio"),
}
"""By Fairlearn's name; equalized odds as its default, the worst case of both rates."""

Told = Mapping[str, Mapping[str, float | None]]
"""Disparities by name, then by method; None where they are not known."""


def disparities(tally: Tally, least: int = 1) -> Told:
    """All of them, by both methods. Groups with fewer rows than `least` are left out."""
    return {
        name: {method: known(one.of(tally, method, least)) for method in METHODS} for name, one in DISPARITIES.items()
    }


def known(value: float) -> float | None:
    return None if math.isnan(value) else value
