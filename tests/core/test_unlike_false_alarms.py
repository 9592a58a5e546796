"""How often healthy windows are said to be unlike training: the numbers on docs/data-quality.md, smaller."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from core.statistics.anomalies import anomalies, anomaly_violation
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.categories import Categories
from core.statistics.column import CategoricalColumn, Column, NumericColumn
from core.statistics.fences import Fences
from core.statistics.histogram import Histogram, quantile_edges
from core.statistics.outliers import outlier_violations, outliers

Draw = Callable[[np.random.Generator, int], np.ndarray]
KINDS: Mapping[str, Draw] = {
    "normal": lambda random, rows: random.normal(size=rows),
    "lognormal": lambda random, rows: random.lognormal(0, 1.2, rows),
    "pareto": lambda random, rows: random.pareto(1.5, rows),
    "zeros": lambda random, rows: np.where(random.random(rows) < 0.8, 0, random.gamma(1, 10, rows).round()),
    "student": lambda random, rows: random.standard_t(3, rows),
    "counts": lambda random, rows: random.poisson(0.7, rows).astype(float),
    "category": lambda random, rows: random.integers(0, 4, rows).astype(float),
}
WORLDS = {
    "normal": ["normal"] * 9 + ["category"],
    "mixed": ["lognormal", "pareto", "zeros", "student", "counts"] * 3 + ["category"] * 5,
    "heavy": ["pareto", "student"] * 15,
}
NOTHING = Histogram.of([])


def draw(kinds: list[str], rows: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    drawn = np.column_stack([KINDS[kind](random, rows) for kind in kinds])
    return drawn.astype(np.float32).astype(np.float64)


def trained(kinds: list[str], rows: int) -> Baseline:
    values = draw(kinds, rows, 0)
    features = [_feature(f"{kind}-{at}", kind, values[:, at]) for at, kind in enumerate(kinds)]
    return Baseline(rows, tuple(features), NOTHING, sample=values[:500])


def _feature(name: str, kind: str, values: np.ndarray) -> FeatureBaseline:
    if kind == "category":
        return FeatureBaseline(name, "categorical", 1.0, Categories({}), None, None, 1.0, NOTHING, 0.1)
    found = NumericColumn.of(values, [], quantile_edges(values), Fences.of(values))
    low, high = found.moments.minimum, found.moments.maximum
    most = np.unique(values, return_counts=True)[1].max() / len(values)
    beyond = found.beyond
    return FeatureBaseline(
        name, "numeric", 1.0, found.histogram, low, high, most, NOTHING, 0.1, fences=beyond.fences, far_out=beyond.count
    )


def summarized(baseline: Baseline, values: np.ndarray) -> dict[str, Column]:
    return {
        feature.name: NumericColumn.of(values[:, at], [], feature.distribution.edges, feature.fences)
        if isinstance(feature.distribution, Histogram)
        else CategoricalColumn.of(values[:, at], [])
        for at, feature in enumerate(baseline.features)
    }


@pytest.mark.slow
@pytest.mark.parametrize("world", sorted(WORLDS))
@pytest.mark.parametrize("rows", [100, 1000])
def test_of_a_hundred_healthy_windows_at_most_one_is_said_to_be_unlike_training(world: str, rows: int) -> None:
    kinds = WORLDS[world]
    baseline = trained(kinds, 20_000)
    told = 0
    for window in range(100):
        values = draw(kinds, rows, 1 + window)
        columns = summarized(baseline, values)
        found = list(outlier_violations(baseline, columns, outliers(baseline, columns), 0.05))
        found += anomaly_violation(anomalies(baseline, values, 100))
        told += bool(found)
    assert told <= 1
