"""How a model that answers a number treats groups: what it says to them, and how far off it is; as Fairlearn's
`MetricFrame` of `mean_prediction` and of a mean absolute error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.fairness.fairlearn import METHODS, Spread, Told, known

Floats = NDArray[np.float64]
MEAN_PREDICTION, MAE = "mean_prediction", "mae"


@dataclass(frozen=True, slots=True, eq=False)
class GroupMeans:
    """A mean of each group.

    >>> found = GroupMeans.of([0, 0, 1], [1.0, 3.0, 5.0], groups=3)
    >>> found.counts.tolist(), found.means.tolist(), found.overall
    ([2, 1, 0], [2.0, 5.0, nan], 3.0)
    >>> found.spread().difference(), found.spread().difference("to_overall"), found.spread(least=2).difference()
    (3.0, 2.0, 0.0)
    """

    counts: NDArray[np.int64]
    means: Floats
    """NaN of a group without rows, as `overall` where there is none."""
    overall: float

    @classmethod
    def of(cls, codes: ArrayLike, values: ArrayLike, groups: int) -> GroupMeans:
        code, value = np.asarray(codes, np.int64), np.asarray(values, float)
        counts, sums = np.bincount(code, minlength=groups), np.bincount(code, value, minlength=groups)
        means = np.divide(sums, counts, out=np.full(groups, np.nan), where=counts > 0)
        return cls(counts, means, float(value.mean()) if len(value) else float("nan"))

    def spread(self, least: int = 1) -> Spread:
        """Groups with fewer rows than `least` are left out."""
        return Spread(tuple(np.where(self.counts >= least, self.means, np.nan).tolist()), self.overall)


Kind = Literal["difference", "ratio"]
DISPARITIES: Mapping[str, tuple[str, Kind]] = {
    "mean_prediction_difference": (MEAN_PREDICTION, "difference"),
    "mae_difference": (MAE, "difference"),
    "mae_ratio": (MAE, "ratio"),
}
"""Name -> of which mean; a ratio of answers that may be negative says nothing."""


def disparities(of: Mapping[str, GroupMeans], least: int = 1) -> Told:
    """`of` holds the means by MEAN_PREDICTION and MAE."""
    return {
        name: {method: known(getattr(of[mean].spread(least), kind)(method)) for method in METHODS}
        for name, (mean, kind) in DISPARITIES.items()
    }
