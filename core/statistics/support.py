"""Whether an estimate of quality without labels would be honest: it may interpolate, it may not extrapolate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.statistics import losses
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.calibration import LEAST_ROWS, Calibration
from core.statistics.categories import Categories, naming
from core.statistics.distances import Floats
from core.statistics.held import LEAST_WORTH, worth

LARGEST_ERROR = 0.05
"""Of the calibration: probabilities that are off by more say too little of how often the model is right."""
LARGEST_OUTSIDE = 0.05
"""Share of rows outside the training support, beyond what chance puts there."""
LARGEST_AUC = 0.8
"""Lower bound of the domain classifier's: from there on at least 37 % of one distribution lies outside the other, since
AUC <= 1 - (1 - t)^2 / 2 with t their total variation distance."""


def refusal(baseline: Baseline, rows: Floats, auc_low: float | None, usual_auc: float, *, number: bool = False) -> str:
    """Why nothing can be estimated for a window of which `rows` are a sample; empty where it can.

    `auc_low`: lower bound of how well a classifier tells the window from the training set, None where there are too few
    rows; up to `usual_auc` it means nothing in this team's view. `number`: whether the model answers one.
    """
    if not number and (why := _uncalibrated(baseline.calibration)):
        return why
    held = 0 if baseline.held is None else len(baseline.held.rows)
    least = losses.LEAST_ROWS if number else LEAST_ROWS
    if held < least:
        return f"the baseline holds {held} held-out rows with labels; {least} are needed"
    if auc_low is None:
        return "there are too few rows to tell whether they are like the training set's"
    limit = max(LARGEST_AUC, usual_auc)
    if auc_low >= limit:
        return (
            f"the rows are not like the training set's: a classifier tells them apart with an AUC of at least "
            f"{auc_low:.2f}; accepted is below {limit:g}"
        )
    share = outside(baseline, rows)
    if share > LARGEST_OUTSIDE:
        return (
            f"{share:.0%} of the rows lie outside what the training set holds, more than chance puts there; "
            f"accepted is {LARGEST_OUTSIDE:.0%}"
        )
    return ""


def unlike(weights: Floats) -> str:
    """Why weights of the held-out rows say too little of the window; empty where they say enough."""
    if (found := worth(weights)) >= LEAST_WORTH:
        return ""
    return (
        f"of the {len(weights)} held-out rows those that are like the window's are worth {found:.0f}; "
        f"{LEAST_WORTH} are needed"
    )


def _uncalibrated(calibration: Calibration | None) -> str:
    if calibration is None:
        return "the baseline holds no calibration: it takes 200 held-out rows, 20 of each class"
    if calibration.error <= LARGEST_ERROR:
        return ""
    return (
        f"calibrated probabilities are off by {calibration.error:.3f} on {calibration.rows} held-out rows; "
        f"accepted is {LARGEST_ERROR:g}"
    )


def outside(baseline: Baseline, rows: Floats) -> float:
    """Share of rows with a value that the training set does not reach, less the share that chance gives.

    Beyond its smallest or largest number, of no category that it holds, or missing where none was. A new row is the
    smallest or largest of a feature by chance in 2 of (present + 1) cases. At least 0; 0 without rows.
    """
    if not len(rows):
        return 0.0
    out = np.zeros(len(rows), bool)
    inside_by_chance = 1.0
    for at, feature in enumerate(baseline.features):
        out |= _outside(feature, rows[:, at])
        if feature.minimum is not None and feature.most_common < 1:
            inside_by_chance *= max(0.0, 1 - 2 / (feature.present + 1))
    return max(0.0, float(out.mean()) - (1 - inside_by_chance))


def _outside(feature: FeatureBaseline, values: Floats) -> NDArray[np.bool_]:
    out = np.zeros(len(values), bool)
    found = feature.distribution
    if isinstance(found, Categories):
        if not found.other:  # where the baseline did not keep every category, none can be said to be new
            present, name = np.unique(values[~np.isnan(values)]).tolist(), naming(feature.kind)
            new = [number for number in present if name(number) not in found.counts]
            out = np.isin(values, new)
    elif feature.minimum is not None and feature.maximum is not None:
        out = (values < feature.minimum) | (values > feature.maximum)
    return np.where(np.isnan(values), feature.completeness >= 1, out).astype(bool)
