"""What chance gives two samples of one distribution is taken off a robust distance; what moved is still told."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.policy import NumericDistance, WatchPolicy
from core.statistics import chance
from core.statistics.categories import Categories
from core.statistics.comparison import binned_wasserstein, distances, drift
from core.statistics.distances import (
    Floats,
    jensen_shannon,
    jensen_shannon_part,
    population_stability,
    population_stability_part,
)
from core.statistics.histogram import Histogram, quantile_edges
from tests.core.baselines import numeric

SUMS = [(population_stability, population_stability_part), (jensen_shannon, jensen_shannon_part)]
NUMERIC: list[NumericDistance] = ["population_stability", "jensen_shannon", "wasserstein"]
ROBUST, SIMPLE = WatchPolicy(), WatchPolicy(robust=False)
RANDOM = 11
TRAINED = np.random.default_rng(RANDOM).normal(size=3000)
EDGES = quantile_edges(TRAINED)
BEFORE = Histogram.of(EDGES, TRAINED)


def measured(policy: WatchPolicy, name: NumericDistance, values: Floats) -> float:
    return drift(BEFORE, Histogram.of(EDGES, values), 1.0, replace(policy, numeric_distance=name))


@pytest.mark.parametrize("name", NUMERIC)
@pytest.mark.parametrize("rows", [100, 200, 400, 1000])
def test_healthy_windows_are_no_drift_whatever_their_size(name: NumericDistance, rows: int) -> None:
    random = np.random.default_rng(RANDOM)
    windows = [random.normal(size=rows) for _ in range(50)]
    left = [measured(ROBUST, name, window) for window in windows]
    assert sum(found > 0 for found in left) <= 3
    assert max(left) < 0.1


@pytest.mark.parametrize("rows", [100, 200, 400])
def test_categories_of_a_healthy_window_are_no_drift_either(rows: int) -> None:
    random = np.random.default_rng(RANDOM)
    shares = random.dirichlet(np.ones(40))

    def drawn(many: int) -> Categories:
        counts = random.multinomial(many, shares)
        return Categories({str(at): int(count) for at, count in enumerate(counts) if count})

    trained, windows = drawn(3000), [drawn(rows) for _ in range(100)]
    for name in ("population_stability", "jensen_shannon"):
        policy = WatchPolicy(categorical_distance=name)
        assert sum(drift(trained, window, 0.0, policy) > 0 for window in windows) <= 4
    assert min(drift(trained, window, 0.0, replace(SIMPLE, categorical_distance=name)) for window in windows) > 0


@pytest.mark.parametrize("name", NUMERIC)
def test_what_moved_is_told_in_windows_of_any_size(name: NumericDistance) -> None:
    random = np.random.default_rng(RANDOM)
    for rows, by in ((100, 3.0), (400, 2.0), (4000, 1.5)):
        values = random.normal(by, 1, rows)
        assert 0.2 <= measured(ROBUST, name, values) < measured(SIMPLE, name, values)


@pytest.mark.parametrize("name", NUMERIC)
def test_the_simple_method_leaves_a_distance_as_it_is(name: NumericDistance) -> None:
    values = np.random.default_rng(RANDOM).normal(size=100)
    plain = distances(numeric(TRAINED), Histogram.of(EDGES, values))[name]
    simple = drift(BEFORE, Histogram.of(EDGES, values), float(TRAINED.std()), replace(SIMPLE, numeric_distance=name))
    assert simple == pytest.approx(plain)
    assert measured(ROBUST, name, values) == 0


@given(st.integers(0, 3), st.integers(1, 500))
def test_what_is_left_is_never_negative_nor_more_than_there_was(by: int, rows: int) -> None:
    values = np.random.default_rng(rows).normal(by, 1, rows)
    for name in NUMERIC:
        assert 0 <= measured(ROBUST, name, values) <= measured(SIMPLE, name, values)


def test_of_large_counts_it_is_the_quantile_that_the_literature_gives() -> None:
    n, m, bins = 40_000.0, 90_000.0, 60
    p, q = np.full(bins, n / bins), np.full(bins, m / bins)
    spread = 2 / (9 * (bins - 1))
    quantile = (bins - 1) * (1 - spread + chance.NORMAL_QUANTILE * math.sqrt(spread)) ** 3
    stability = (1 / n + 1 / m) * quantile
    assert chance.of_sum(population_stability_part, p, q) == pytest.approx(stability, rel=0.01)
    assert chance.of_sum(jensen_shannon_part, p, q) == pytest.approx(stability / 8 / math.log(2), rel=0.01)


@pytest.mark.parametrize(("distance", "part"), SUMS, ids=["population_stability", "jensen_shannon"])
@pytest.mark.parametrize(("n", "m", "bins"), [(1500, 100, 100), (300, 300, 20), (5000, 60, 6), (2000, 400, 2)])
def test_three_in_a_thousand_healthy_samples_exceed_it(distance, part, n: int, m: int, bins: int) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(RANDOM)
    shares = np.full(bins, 1 / bins)
    exceeded = 0
    for _ in range(400):
        p, q = (random.multinomial(size, shares).astype(float) for size in (n, m))
        exceeded += distance(p, q) > chance.of_sum(part, p, q)
    assert exceeded <= 6


def test_of_a_wasserstein_distance_three_in_a_thousand_exceed_it() -> None:
    random = np.random.default_rng(RANDOM)
    exceeded, found, taken = 0, [], []
    for _ in range(500):
        one, other = (Histogram.of(EDGES, random.normal(size=size)) for size in (800, 150))
        found.append(binned_wasserstein(one, other))
        taken.append(chance.of_wasserstein(EDGES, one.counts.astype(float), other.counts.astype(float)))
        exceeded += found[-1] > taken[-1]
    assert exceeded <= 6
    assert np.mean(taken) < 1.5 * np.quantile(found, 0.99)


def test_an_empty_side_or_a_single_bin_leaves_nothing_to_chance() -> None:
    none, some = np.zeros(3), np.array([0.0, 5.0, 0.0])
    for part in (population_stability_part, jensen_shannon_part):
        assert chance.of_sum(part, none, some) == chance.of_sum(part, some, none) == 0
        assert chance.of_sum(part, some, some) == 0
    assert chance.of_wasserstein(np.array([0.0, 1.0]), none, some) == 0
    assert chance.of_wasserstein(np.empty(0), some[1:2], some[1:2]) == 0


class TestAColumnThatWasConstant:
    """It has no deviation to measure a Wasserstein distance by."""

    BEFORE = Histogram.of(quantile_edges([7.0] * 500), [7.0] * 500)
    WATCH = WatchPolicy(numeric_distance="wasserstein")

    def moved(self, values: list[float], deviation: float, policy: WatchPolicy = WATCH) -> float:
        return drift(self.BEFORE, Histogram.of(self.BEFORE.edges, values), deviation, policy)

    @pytest.mark.parametrize("deviation", [0.0, 1e-17])
    @pytest.mark.parametrize("now", [8.0, 7.000001, -3.4e38])
    def test_is_told_to_have_moved_as_far_as_can_be(self, now: float, deviation: float) -> None:
        assert self.moved([now] * 400, deviation, replace(self.WATCH, robust=False)) == 1.0
        assert self.moved([now] * 400, deviation) > 0.8

    def test_has_not_moved_where_it_is_the_same(self) -> None:
        assert self.moved([7.0] * 400, 0.0) == self.moved([7.0] * 400, 0.0, replace(self.WATCH, robust=False)) == 0.0

    def test_moved_by_the_share_of_the_rows_that_hold_something_else(self) -> None:
        assert self.moved([7.0] * 300 + [9.0] * 100, 0.0, replace(self.WATCH, robust=False)) == 0.25
        assert distances(numeric(np.full(500, 7.0)), Histogram.of(self.BEFORE.edges, [9.0]))["wasserstein"] == 1.0
