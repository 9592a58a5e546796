"""Distances: what holds for every pair of distributions, and what other libraries compute."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.statistics.chi_square import chi_square, homogeneity
from core.statistics.distances import (
    jensen_shannon,
    kolmogorov_smirnov,
    l_infinity,
    population_stability,
    robust,
)
from core.statistics.histogram import Histogram, quantile_edges

BOUNDED = (kolmogorov_smirnov, l_infinity, jensen_shannon)
counts = st.integers(1, 12).flatmap(
    lambda bins: st.tuples(*[st.lists(st.integers(0, 1000), min_size=bins, max_size=bins)] * 2)
)


@given(counts)
def test_distances_are_symmetric_and_lie_between_0_and_1(sides: tuple[list[int], list[int]]) -> None:
    for distance in BOUNDED:
        found = distance(*sides)
        assert -1e-12 <= found <= 1 + 1e-12
        assert found == pytest.approx(distance(*reversed(sides)), abs=1e-12)


@given(counts, st.floats(0.01, 100))
def test_only_shares_count_not_the_number_of_rows(sides: tuple[list[int], list[int]], factor: float) -> None:
    scaled = [count * factor for count in sides[0]]
    for distance in (*BOUNDED, population_stability):
        assert distance(scaled, sides[1]) == pytest.approx(distance(*sides), abs=1e-9)


@pytest.mark.parametrize("distance", [*BOUNDED, population_stability])
def test_a_distribution_has_no_distance_from_itself_not_even_an_empty_one(distance) -> None:  # type: ignore[no-untyped-def]
    assert distance([3, 4], [6, 8]) == pytest.approx(0, abs=1e-12)
    assert distance([0, 0], [0, 0]) == 0


@pytest.mark.parametrize("distance", BOUNDED)
def test_an_empty_side_is_as_far_as_can_be_from_one_that_is_not(distance) -> None:  # type: ignore[no-untyped-def]
    assert distance([0, 0], [1, 2]) == 1


def test_the_stability_index_of_an_emptied_bin_is_finite() -> None:
    assert 0 < population_stability([5, 0], [5, 5]) < math.inf


@pytest.mark.parametrize("masses", [[-1.0, 2.0], [math.nan, 1.0], [math.inf, 1.0], [[1.0], [2.0]]])
def test_what_is_no_mass_is_refused(masses: list[float]) -> None:
    with pytest.raises(ValueError, match="masses of bins"):
        kolmogorov_smirnov(masses, [1.0, 1.0])


@given(st.floats(0, 1), st.integers(1, 10_000), st.integers(1, 10_000))
def test_the_robust_distance_is_smaller_and_approaches_the_plain_one_with_more_rows(d: float, n: int, m: int) -> None:
    assert 0 <= robust(d, n, m) <= robust(d, 10 * n, 10 * m) <= d


def test_few_healthy_rows_show_no_robust_distance() -> None:
    """alpha is 0.003: of 1,000 pairs of samples of one distribution, a few at most keep a distance."""
    random = np.random.default_rng(7)
    edges = quantile_edges(random.normal(size=100_000))
    kept = 0
    for _ in range(1000):
        one, other = (Histogram.of(edges, random.normal(size=size)).counts for size in (100, 300))
        kept += robust(kolmogorov_smirnov(one, other), 100, 300) > 0
    assert kept <= 10


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # SciPy's p-value, which is not looked at
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_with_a_bin_for_every_value_the_distance_is_that_of_the_samples(one: list[float], other: list[float]) -> None:
    edges = np.unique(one + other)
    found = kolmogorov_smirnov(Histogram.of(edges, one).counts, Histogram.of(edges, other).counts)
    assert found == pytest.approx(stats.ks_2samp(one, other, method="asymp").statistic, abs=1e-12)


def test_a_hundred_bins_miss_little_of_the_distance_of_the_samples() -> None:
    random = np.random.default_rng(1)
    base, moved = random.normal(size=20_000), random.normal(0.6, 1, size=20_000)
    edges = quantile_edges(base)
    binned = kolmogorov_smirnov(Histogram.of(edges, base).counts, Histogram.of(edges, moved).counts)
    exact = stats.ks_2samp(base, moved).statistic
    assert exact - 0.01 < binned <= exact


def test_chi_square_agrees_with_scipy_where_no_category_is_small() -> None:
    sample, expected = {"a": 30, "b": 50, "c": 20}, {"a": 40, "b": 40, "c": 20}
    found = chi_square(sample, expected)
    theirs = stats.chisquare(list(sample.values()), list(expected.values()))
    assert (found.statistic, found.p_value) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)


def test_chi_square_of_one_category_is_not_a_number() -> None:
    assert math.isnan(chi_square({"a": 5}, {"a": 5}).p_value)
    assert math.isnan(chi_square({}, {}).statistic)


@pytest.mark.parametrize(("categories", "trained", "rows"), [(3, 4000, 4000), (20, 4000, 20_000), (1000, 3000, 900)])
def test_of_healthy_windows_one_in_twenty_has_a_p_value_below_a_twentieth(
    categories: int, trained: int, rows: int
) -> None:
    """As a sample of a known distribution, which a training set is not, three of four had, and all of the second."""
    random = np.random.default_rng(3)
    shares = random.dirichlet(np.full(categories, 0.5))
    drawn = [[random.multinomial(size, shares).astype(float) for size in (trained, rows)] for _ in range(400)]
    assert 0.02 < np.mean([homogeneity(*sides).p_value < 0.05 for sides in drawn]) < 0.08


def test_two_samples_are_compared_as_scipy_does_where_no_category_is_small() -> None:
    one, other = np.array([30.0, 50.0, 20.0]), np.array([400.0, 410.0, 190.0])
    found, theirs = homogeneity(one, other), stats.chi2_contingency([one, other], correction=False)
    assert (found.statistic, found.p_value) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)
    assert homogeneity(np.append(one, 0.0), np.append(other, 0.0)) == found


def test_two_samples_that_are_too_small_to_be_compared_have_no_p_value() -> None:
    for one, other in (([3.0, 4.0], [5.0, 2.0]), ([9.0], [9.0]), ([0.0, 0.0], [5.0, 5.0]), ([], [])):
        assert math.isnan(homogeneity(np.array(one), np.array(other)).p_value)


def test_a_category_that_training_had_not_is_told_by_the_p_value() -> None:
    assert homogeneity(np.array([500.0, 500.0, 0.0]), np.array([400.0, 400.0, 60.0])).p_value < 1e-9
