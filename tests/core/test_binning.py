"""The compiled count of numbers in bins is that of a search for each number, whatever the edges and the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.statistics.binning import count
from core.statistics.histogram import COMPILED, Histogram, quantile_edges

ANY = st.floats(allow_nan=False, allow_infinity=False)
NEAR = st.integers(0, 300).map(lambda step: 1.0 + step * 2.0**-52)
SHAPES = {
    "normal": lambda random: random.normal(size=5000),
    "heavy tails on one side": lambda random: np.exp(8 * random.normal(size=5000)),
    "heavy tails on both sides": lambda random: random.standard_cauchy(5000) ** 5,
    "few values": lambda random: random.integers(0, 5, 5000).astype(float),
    "almost constant": lambda random: np.where(random.random(5000) < 0.99, 1.0, random.normal(size=5000)),
}


def by_search(edges: np.ndarray, values: np.ndarray) -> np.ndarray:
    kept = values[~np.isnan(values)]
    return np.bincount(np.searchsorted(edges, kept, side="left"), minlength=len(edges) + 1)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(ANY, NEAR), unique=True, max_size=200), st.data())
def test_any_edges_and_numbers(edges: list[float], data: st.DataObject) -> None:
    rising = np.unique(np.array(edges, float))
    numbers = st.one_of(st.floats(), NEAR, st.sampled_from(edges)) if edges else st.floats()
    values = data.draw(arrays(np.float64, st.integers(0, 300), elements=numbers))
    assert count(rising, values).tolist() == by_search(rising, values).tolist()


@pytest.mark.parametrize("shape", SHAPES)
def test_quantile_edges_of_any_shape(shape: str) -> None:
    random = np.random.default_rng(0)
    edges = quantile_edges(SHAPES[shape](random))
    values = np.concatenate((SHAPES[shape](random), edges, np.nextafter(edges, -np.inf), [np.inf, -np.inf, np.nan]))
    assert count(edges, values).tolist() == by_search(edges, values).tolist()


def test_a_histogram_counts_many_numbers_as_it_counts_few() -> None:
    values = np.random.default_rng(1).normal(size=COMPILED + 10)
    values[:7] = np.nan
    edges = quantile_edges(values)
    parts = Histogram.of(edges, values[: COMPILED // 2]) + Histogram.of(edges, values[COMPILED // 2 :])
    assert Histogram.of(edges, values).counts.tolist() == parts.counts.tolist()
