"""The model's answers in the window, and how far they moved."""

from __future__ import annotations

import numpy as np

from containers.model import TrainedModel
from containers.monitor.window import Window
from core.contracts.problem import MULTICLASS
from core.statistics.baseline import Baseline
from core.statistics.categories import Categories
from core.statistics.distances import Floats, aligned, kolmogorov_smirnov, l_infinity, robust
from core.statistics.histogram import Histogram, quantile_edges
from core.statistics.sample import Sample


def answerable(model: TrainedModel, sample: Sample) -> Sample:
    """Rows that the model answers with numbers. One that takes no missing values answers nan where a value is missing:
    such a request was refused, and there is nothing to explain of it."""
    if not len(sample.rows):
        return sample
    sound = np.isfinite(model.probabilities(sample.rows).reshape(len(sample.rows), -1)).all(axis=1)
    return sample if sound.all() else Sample(sample.size, sample.keys[sound], sample.rows[sound])


def prediction_drift(baseline: Baseline, window: Window) -> float:
    """From held-out rows, or training's where these are few: Kolmogorov-Smirnov distance of probabilities or scores,
    L-infinity distance of classes."""
    before, now = baseline.predictions, window.predictions
    if isinstance(before, Histogram) and isinstance(now, Histogram):
        return robust(kolmogorov_smirnov(before.counts, now.counts), before.total, now.total)
    if isinstance(before, Categories) and isinstance(now, Categories):
        return robust(l_infinity(*aligned(before.masses(), now.masses())), before.total, now.total)
    raise TypeError("answers are numbers or classes, in the baseline as in the window")


def confidence_drift(model: TrainedModel, baseline: Baseline, rows: Floats, least: int) -> float | None:
    """Kolmogorov-Smirnov distance of how sure a model of many classes is: of the probability of the class that it says.

    The classes may be said as often as before, and each of them with less certainty. Of a sample of the window's `rows`
    against the held-out rows, since a model is surer of rows that it learned from. None below `least` rows of either,
    and for other problems: there the answer itself is the probability, or there is none.
    """
    held = baseline.held
    if model.signature.problem != MULTICLASS or held is None or min(len(held.rows), len(rows)) < least:
        return None
    before, now = (model.probabilities(each).astype(np.float64).max(axis=1) for each in (held.rows, rows))
    edges = quantile_edges(before, computed=True)
    of_held, of_now = Histogram.of(edges, before), Histogram.of(edges, now)
    return robust(kolmogorov_smirnov(of_held.counts, of_now.counts), of_held.total, of_now.total)
