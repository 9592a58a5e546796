"""All that is kept of a window while it is read: its size does not grow with the window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from containers.monitor.batch import Batch
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.checks import Shape
from core.statistics.column import CategoricalColumn, Column, NumericColumn
from core.statistics.distances import Floats
from core.statistics.histogram import Histogram
from core.statistics.sample import Sample

EXPLAINED = 2000
"""Rows whose attributions are computed."""
JOINED = 100_000
"""Answers that are kept for labels that arrive; of more, a random sample."""


@dataclass(frozen=True, slots=True)
class Window:
    """Summaries of the rows read so far."""

    shape: Shape
    columns: dict[str, Column]
    predictions: Histogram
    explained: Sample
    """Rows, one column a feature."""
    answered: Sample
    """One column: the probability; the keys are `join_keys`."""

    def __add__(self, other: Window) -> Window:
        return Window(
            self.shape + other.shape,
            {name: column + other.columns[name] for name, column in self.columns.items()},  # type: ignore[operator]
            self.predictions + other.predictions,
            self.explained + other.explained,
            self.answered + other.answered,
        )


def summarize(batches: Iterable[Batch], baseline: Baseline) -> Window:
    """Read all batches; there is at least one."""
    parts = (_of(batch, baseline) for batch in batches)
    window = next(parts)
    for part in parts:
        window += part
    return window


def _of(batch: Batch, baseline: Baseline) -> Window:
    values, answers = batch.cells.values, batch.probabilities
    known = ~np.isnan(answers)
    return Window(
        batch.shape,
        {
            feature.name: _column(feature, values[:, at], batch.cells.texts.get(at, []))
            for at, feature in enumerate(baseline.features)
        },
        Histogram.of(baseline.predictions.edges, answers[known]),
        Sample.of(batch.keys, values, EXPLAINED),
        Sample.of(batch.joins[known], answers[known, None], JOINED),
    )


def _column(feature: FeatureBaseline, values: Floats, texts: list[str]) -> Column:
    if isinstance(feature.distribution, Histogram):
        return NumericColumn.of(values, texts, feature.distribution.edges)
    return CategoricalColumn.of(values, texts)
