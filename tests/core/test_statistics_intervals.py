"""Confidence intervals: they agree with SciPy where it has them, and cover the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.statistics.intervals import Confusion, hanley_mcneil, quality_interval, wilson

METRICS = ("accuracy", "precision", "recall", "f1", "auc")
counts = st.builds(Confusion, *[st.integers(0, 500)] * 4)


@given(st.integers(0, 400), st.integers(1, 400))
def test_wilson_is_scipys(successes: int, more: int) -> None:
    theirs = stats.binomtest(successes, successes + more).proportion_ci(method="wilson")
    assert wilson(successes, successes + more) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(counts, st.floats(0, 1))
def test_an_interval_lies_within_0_and_1_and_is_in_order(found: Confusion, auc: float) -> None:
    for metric in METRICS:
        low, high = quality_interval(metric, auc, found)
        assert 0 <= low <= high <= 1


@given(counts)
def test_the_metric_lies_within_its_interval(found: Confusion) -> None:
    hits, wrong = found.true_positives, found.false_positives + found.false_negatives
    if hits + wrong:
        low, high = quality_interval("f1", 0.0, found)
        assert low - 1e-12 <= 2 * hits / (2 * hits + wrong) <= high + 1e-12


def test_the_interval_of_the_area_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(4)
    truth = float(stats.norm.cdf(1 / np.sqrt(2)))
    covered = 0
    for _ in range(500):
        positives, negatives = random.normal(1, 1, 60), random.normal(0, 1, 90)
        auc = stats.mannwhitneyu(positives, negatives).statistic / (60 * 90)
        low, high = hanley_mcneil(float(auc), 60, 90)
        covered += low <= truth <= high
    assert 0.92 <= covered / 500 <= 0.99


@given(st.floats(0, 1), st.integers(1, 300), st.integers(1, 300))
def test_the_interval_of_the_area_holds_the_area_and_always_has_a_width(auc: float, one: int, other: int) -> None:
    low, high = hanley_mcneil(auc, one, other)
    assert low <= auc + 1e-12
    assert auc - 1e-12 <= high
    assert high - low > 1e-3


@given(st.floats(0, 1), st.integers(1, 300), st.integers(1, 300))
def test_scores_in_reverse_have_the_interval_in_reverse(auc: float, one: int, other: int) -> None:
    low, high = hanley_mcneil(auc, one, other)
    assert hanley_mcneil(1 - auc, other, one) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_each_bound_is_an_area_of_which_the_found_one_lies_z_standard_errors_away() -> None:
    low, high = hanley_mcneil(0.9, 10, 40)
    for bound in (low, high):
        by_counts = 1 + 9 * (1 - bound) / (2 - bound) + 39 * bound / (1 + bound)
        by_mean = 1 + 24 * (1 - bound) / (2 - bound) + 24 * bound / (1 + bound)
        variance = bound * (1 - bound) * max(by_counts, by_mean) / 400
        assert abs(0.9 - bound) == pytest.approx(1.959964 * np.sqrt(variance), abs=1e-6)


@pytest.mark.parametrize("truth", [0.8, 0.9, 0.97])
@pytest.mark.parametrize(("ones", "zeros"), [(5, 95), (10, 40), (25, 25), (90, 10)])
@pytest.mark.parametrize("spread", [1.0, 2.0])
def test_few_rows_of_a_label_and_an_area_near_1_leave_the_coverage_what_it_says(
    truth: float, ones: int, zeros: int, spread: float
) -> None:
    random, covered = np.random.default_rng(7), 0
    mean = float(stats.norm.ppf(truth)) * np.hypot(1, spread)
    for _ in range(500):
        above = random.normal(mean, spread, ones)[:, np.newaxis] > random.normal(0, 1, zeros)
        low, high = hanley_mcneil(float(above.mean()), ones, zeros)
        covered += low <= truth <= high
    assert covered / 500 >= 0.91


def test_without_rows_everything_is_possible() -> None:
    nothing = Confusion(0, 0, 0, 0)
    assert all(quality_interval(metric, 0.5, nothing) == (0.0, 1.0) for metric in METRICS)


def test_an_unknown_metric_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="accuracy, precision, recall, f1 and auc"):
        quality_interval("rmse", 0.5, Confusion(1, 1, 1, 1))
