"""The demonstration's data: 442 real diabetes patients, and a simulated stream of new ones.

The labelled data set is real: ten measurements of 442 patients and the progression of their disease a year later
(Efron, Hastie, Johnstone and Tibshirani, "Least Angle Regression", Annals of Statistics 32, 2004; bundled with
scikit-learn). A patient's disease is `fast` where it progressed more than the median patient's.

442 patients are too few to ask an endpoint for thousands of answers without asking for the same ones again, so those
who come later are simulated from the real ones:

    x = x_i + 0.3 s e        a real patient i drawn at random, s the standard deviations, e standard normal
                             (a smoothed bootstrap; sex stays that of patient i)
    y = a + b' z(x) + r e'   a, b and r: intercept, slopes and residual deviation of the linear model fitted to the
                             real patients on standardized measurements z, e' standard normal

rounded as finely as each measurement is taken, so that no patient comes twice, and no model can predict them better
than it could real ones (the linear model explains half of the variance).

Drift: patients of another region arrive. Their bmi, blood pressure and s5 (log of the triglycerides) lie higher by
`SHIFTS` standard deviations, but their disease progresses as that of the patients before them with the lower values
did. What the model learned about these measurements no longer holds; what can be learned from the new patients does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LABEL = "fast"
SMOOTHING = 0.3
SHIFTS = {"bmi": 2.5, "bp": 1.5, "s5": 2.5}
"""By how many standard deviations the measurements of the new region's patients lie higher."""
FINEST = 4
"""Digits behind the point."""
NEARLY_ALL = 0.95
KEPT = ("sex",)
"""Categorical, so not smoothed."""


@dataclass(frozen=True)
class Patients:
    """Rows of measurements, shape (n, features), and labels 0 or 1, shape (n,)."""

    measurements: NDArray[np.float64]
    labels: NDArray[np.int64]

    def csv_rows(self) -> list[str]:
        """One request body a patient."""
        return [",".join(f"{value:.6g}" for value in row) for row in self.measurements]


class Region:
    """A stream of patients; the same seed gives the same patients."""

    def __init__(self, features: tuple[str, ...], seed: int) -> None:
        """Raises ValueError unless `features` are the data set's columns in its order."""
        from sklearn.datasets import load_diabetes  # a second of import, needed here only

        data = load_diabetes(scaled=False)
        if tuple(data.feature_names) != features:
            raise ValueError(f"the diabetes data has the features {data.feature_names}, the team asks for {features}")
        self._features = features
        self._real, self._progression = data.data, data.target
        self._center, self._scale = self._real.mean(axis=0), self._real.std(axis=0)
        design = self._design(self._real)
        self._slopes = np.linalg.lstsq(design, self._progression, rcond=None)[0]
        self._residual = float(np.std(self._progression - design @ self._slopes))
        self._median = float(np.median(self._progression))
        self._decimals = [_decimals(column) for column in self._real.T]
        self._random = np.random.default_rng(seed)

    def labelled(self) -> Patients:
        """The real patients."""
        return Patients(self._real, (self._progression > self._median).astype(np.int64))

    def next(self, count: int, drifted: bool) -> Patients:
        """The next simulated patients, of the region that the model knows or of the other one."""
        drawn = self._real[self._random.integers(0, len(self._real), count)]
        noise = SMOOTHING * self._scale * self._random.standard_normal(drawn.shape)
        noise[:, [self._features.index(name) for name in KEPT]] = 0
        rows = drawn + noise
        progression = self._design(rows) @ self._slopes + self._residual * self._random.standard_normal(count)
        if drifted:
            for name, shift in SHIFTS.items():
                column = self._features.index(name)
                rows[:, column] += shift * self._scale[column]
        measured = np.column_stack([column.round(n) for column, n in zip(rows.T, self._decimals, strict=True)])
        return Patients(measured, (progression > self._median).astype(np.int64))

    def _design(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([np.ones(len(rows)), (rows - self._center) / self._scale])


def _decimals(column: NDArray[np.float64]) -> int:
    """How finely a measurement is taken: the digits behind the point that nearly all of its values make do with."""
    return next(n for n in range(FINEST + 1) if n == FINEST or np.mean(column == column.round(n)) >= NEARLY_ALL)


def labelled_csv(patients: Patients, features: tuple[str, ...]) -> str:
    """The labelled data set as the platform takes it: a header, the label first."""
    header = ",".join((LABEL, *features))
    rows = (f"{label},{row}" for label, row in zip(patients.labels, patients.csv_rows(), strict=True))
    return "\n".join([header, *rows]) + "\n"
