"""Baselines of single columns."""

from __future__ import annotations

import numpy as np

from core.statistics.baseline import FeatureBaseline
from core.statistics.distances import Floats
from core.statistics.histogram import Histogram, quantile_edges


def numeric(values: Floats) -> FeatureBaseline:
    """Of a column of numbers, to which the model gives nothing."""
    held = Histogram.of(quantile_edges(values), values)
    low, high, nothing = float(np.min(values)), float(np.max(values)), Histogram.of([], [])
    return FeatureBaseline("x", "numeric", 1.0, held, low, high, 1.0, nothing, 0.0, deviation=float(np.std(values)))
