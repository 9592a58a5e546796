"""How far a regression's answers lie from the labels, from sums that add up over parts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.statistics.intervals import Z


@dataclass(frozen=True, slots=True)
class Errors:
    """Sums over rows of the error e = answer - label and of the label y.

    >>> found = Errors.of([1.0, 2.0, 4.0], [1.0, 3.0, 3.0])
    >>> round(found.mae, 4), round(found.mse, 4), round(found.rmse, 4), round(found.r2, 4)
    (0.6667, 0.6667, 0.8165, 0.5714)
    """

    rows: int = 0
    absolute: float = 0.0
    squared: float = 0.0
    fourth: float = 0.0
    mean_label: float = 0.0
    spread: float = 0.0
    """Sum of the labels' squared distances from their mean."""

    @classmethod
    def of(cls, labels: ArrayLike, answers: ArrayLike) -> Errors:
        """Raises ValueError for a label or an answer that is not finite."""
        y, said = np.asarray(labels, float), np.asarray(answers, float)
        if not (np.isfinite(y).all() and np.isfinite(said).all()):
            raise ValueError("labels and answers of a regression are finite numbers")
        if not len(y):
            return cls()
        e, mean = said - y, float(y.mean())
        return cls(
            len(y),
            float(np.abs(e).sum()),
            float((e**2).sum()),
            float((e**4).sum()),
            mean,
            float(((y - mean) ** 2).sum()),
        )

    def __add__(self, other: Errors) -> Errors:
        rows = self.rows + other.rows
        if not rows:
            return self
        step, part = other.mean_label - self.mean_label, other.rows / rows
        return Errors(
            rows,
            self.absolute + other.absolute,
            self.squared + other.squared,
            self.fourth + other.fourth,
            self.mean_label + step * part,
            self.spread + other.spread + step * step * part * self.rows,
        )

    @property
    def mae(self) -> float:
        """Mean absolute error. NaN without rows, as all of these."""
        return self.absolute / self.rows if self.rows else math.nan

    @property
    def mse(self) -> float:
        """Mean squared error."""
        return self.squared / self.rows if self.rows else math.nan

    @property
    def rmse(self) -> float:
        return math.sqrt(self.mse) if self.rows else math.nan

    @property
    def r2(self) -> float:
        """1 - sum e^2 / sum (y - mean y)^2: 1 is perfect, 0 as good as the mean. NaN where all labels are equal."""
        return 1 - self.squared / self.spread if self.spread else math.nan

    def metrics(self) -> dict[str, float]:
        """The managed report's `regression_metrics` that are defined on these rows."""
        values = {"mae": self.mae, "mse": self.mse, "rmse": self.rmse, "r2": self.r2}
        return {name: value for name, value in values.items() if not math.isnan(value)}

    def interval(self, metric: str) -> tuple[float, float]:
        """95 % interval of mae, mse or rmse: mean plus and minus Z standard errors, at least 0; of rmse by its square.

        Everything from 0 on with fewer than two rows. Raises ValueError for another metric.
        """
        if metric == "rmse":
            low, high = self.interval("mse")
            return math.sqrt(low), math.sqrt(high)
        if metric not in ("mae", "mse"):
            raise ValueError(f"no interval is known for {metric!r}; it is for mae, mse and rmse")
        if self.rows < 2:
            return 0.0, math.inf
        mean, squares = (self.mae, self.squared) if metric == "mae" else (self.mse, self.fourth)
        variance = max(0.0, squares / self.rows - mean**2) * self.rows / (self.rows - 1)
        half = Z * math.sqrt(variance / self.rows)
        return max(0.0, mean - half), mean + half
