"""The model's answers in the window: how far they moved, and what their attributions add to."""

from __future__ import annotations

import numpy as np

from containers.model import TrainedModel
from containers.monitor.window import Window
from core.contracts.problem import MULTICLASS, REGRESSION
from core.statistics.baseline import Baseline
from core.statistics.categories import Categories
from core.statistics.distances import Floats, aligned, kolmogorov_smirnov, l_infinity, robust
from core.statistics.histogram import Histogram


def prediction_drift(baseline: Baseline, window: Window) -> float:
    """From the training set: Kolmogorov-Smirnov distance of probabilities or scores, L-infinity distance of classes."""
    before, now = baseline.predictions, window.predictions
    if isinstance(before, Histogram) and isinstance(now, Histogram):
        return robust(kolmogorov_smirnov(before.counts, now.counts), before.total, now.total)
    if isinstance(before, Categories) and isinstance(now, Categories):
        return robust(l_infinity(*aligned(before.masses(), now.masses())), before.total, now.total)
    raise TypeError("answers are numbers or classes, in the baseline as in the window")


def expected(model: TrainedModel, rows: Floats, attributed: Floats) -> float | None:
    """By additivity: a row's log-odds (or score) less its attributions, the same for every row but for rounding.

    None where rows are explained for different classes, of which each has its own, and without rows.
    """
    if not len(rows) or model.signature.problem == MULTICLASS:
        return None
    said = model.probabilities(rows).astype(np.float64)
    if model.signature.problem != REGRESSION:
        odds = np.clip(said, 1e-12, 1 - 1e-12)
        said = np.log(odds / (1 - odds))
    return float(np.median(said - attributed.sum(axis=1)))
