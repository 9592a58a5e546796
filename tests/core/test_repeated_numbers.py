"""Numbers of few values: none can leave its value for the gap beside it without a distance telling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.statistics.binning import count
from core.statistics.comparison import binned_wasserstein
from core.statistics.distances import jensen_shannon, kolmogorov_smirnov
from core.statistics.histogram import BINS, Histogram, quantile_edges


def counted(before: np.ndarray, now: np.ndarray) -> tuple[Histogram, Histogram]:
    """As a baseline and a window are: both in 32 bits."""
    sides = [side.astype(np.float32).astype(np.float64) for side in (before, now)]
    edges = quantile_edges(sides[0])
    return Histogram.of(edges, sides[0]), Histogram.of(edges, sides[1])


@pytest.mark.parametrize(
    ("values", "others"),
    [
        ([9.99, 19.99, 29.99], [9.99, 10.01, 20.01]),
        ([9.99, 19.99, 29.99], [9.98, 19.98, 29.98]),
        ([0.0, 0.7], [0.0, 0.2]),
        ([0.0, 1.0], [0.0, 1.0, 1.0, 1.0]),
        ([0.0, 1.0], [-1e-30, 1.0]),
        ([0.0, 1.0], [float(np.nextafter(np.float32(0), np.float32(-1))), float(np.nextafter(np.float32(1), 0))]),
        ([5.0], [4.0, 6.0]),
        (list(range(50)), [each + 0.5 for each in range(50)]),
    ],
)
def test_values_that_moved_between_those_of_training_are_as_far_as_the_samples(
    values: list[float], others: list[float]
) -> None:
    random = np.random.default_rng(0)
    drawn = random.choice(values, 5000), random.choice(others, 5000)
    before, now = counted(*drawn)
    exact = [side.astype(np.float32) for side in drawn]
    assert kolmogorov_smirnov(before.counts, now.counts) == pytest.approx(stats.ks_2samp(*exact).statistic, abs=1e-9)
    own = np.mean(~np.isin(exact[1], exact[0]))
    assert jensen_shannon(before.counts, now.counts) >= own / 2 - 1e-9


@given(st.lists(st.integers(0, 4), min_size=30, max_size=60), st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_of_a_column_of_few_values_the_way_that_they_moved_is_exact(one: list[int], other: list[int]) -> None:
    one = [*one, 0, 4]  # within the first and the last edge
    found = binned_wasserstein(*counted(np.array(one, float), np.array(other, float)))
    assert found == pytest.approx(stats.wasserstein_distance(one, other), abs=1e-6)


def test_a_value_of_many_rows_has_a_bin_of_its_own_among_any_others() -> None:
    random = np.random.default_rng(1)
    before = np.where(random.random(5000) < 0.4, 0.0, random.lognormal(size=5000))
    now = np.where(before == 0, -1e-9, before)
    assert kolmogorov_smirnov(*(side.counts for side in counted(before, now))) == pytest.approx(0.4, abs=0.02)
    above = np.where(before == 0, 1e-9, before)
    assert kolmogorov_smirnov(*(side.counts for side in counted(before, above))) == pytest.approx(0.4, abs=0.02)


def test_a_continuous_column_keeps_the_edges_that_it_had() -> None:
    for size in (30, 60, 1000, 5000):
        values = np.random.default_rng(size).normal(size=size)
        assert quantile_edges(values).tolist() == quantile_edges(values, computed=True).tolist()
        ranks = np.minimum(np.ceil(np.arange(1, BINS + 1) * size / BINS - 1e-9).astype(int) - 1, size - 1)
        ordered = np.sort(values)
        expected = np.unique([np.nextafter(ordered[0], -np.inf), *ordered[ranks], ordered[-1]])
        assert quantile_edges(values).tolist() == expected.tolist()


def test_numbers_that_are_computed_have_no_gaps_to_fall_into_by_their_last_digit() -> None:
    values = np.array([0.1, 0.2, 0.7]).repeat(100)
    below = np.where(values == 0.1, values, np.nextafter(values, -np.inf))
    edges = quantile_edges(values, computed=True)
    assert Histogram.of(edges, below).counts.tolist() == Histogram.of(edges, values).counts.tolist()


@given(st.lists(st.integers(0, 30).map(lambda each: each / 7), min_size=1, max_size=300), st.integers(1, 20))
def test_edges_of_repeated_values_rise_are_few_and_counted_alike_by_the_compiled_code(
    values: list[float], bins: int
) -> None:
    edges = quantile_edges(values, bins=bins)
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= bins + 2
    tried = np.concatenate((values, edges, np.nextafter(edges, np.inf)))
    assert count(edges, tried).tolist() == np.bincount(np.searchsorted(edges, tried), minlength=len(edges) + 1).tolist()


@pytest.mark.parametrize("least", [-np.finfo(np.float32).max, -np.finfo(np.float64).max / 2])
def test_edges_are_finite_for_the_smallest_numbers(least: float) -> None:
    assert np.isfinite(quantile_edges([float(least)] * 10 + [0.0] * 10)).all()
