"""More categories than are told apart: a window is counted over the training set's, however it is read."""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contracts import reports
from core.contracts.reports import FeatureReport
from core.statistics import managed
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.categories import KEPT, SPREAD, Categories
from core.statistics.category_masses import compared
from core.statistics.checks import feature_violations
from core.statistics.column import CategoricalColumn, Column
from core.statistics.comparison import distances
from core.statistics.distances import jensen_shannon, l_infinity, population_stability
from core.statistics.histogram import Histogram

NOTHING = Histogram.of([], [])


def trained(values: np.ndarray) -> FeatureBaseline:
    found = CategoricalColumn.of(values, []).categories
    return FeatureBaseline("shop", "categorical", 1.0, found, None, None, 1.0, NOTHING, 0.5)


def window(values: np.ndarray, feature: FeatureBaseline, parts: int) -> CategoricalColumn:
    assert isinstance(feature.distribution, Categories)
    known = frozenset(feature.distribution.counts)
    return reduce(add, (CategoricalColumn.of(part, [], known=known) for part in np.array_split(values, parts)))


def uniform(random: np.random.Generator, size: int, categories: int = 3000) -> np.ndarray:
    return random.integers(0, categories, size).astype(float)


def zipf(random: np.random.Generator, size: int, categories: int = 3000) -> np.ndarray:
    weights = 1 / np.arange(1, categories + 1)
    return random.choice(categories, size, p=weights / weights.sum()).astype(float)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7))
def test_a_window_is_the_same_in_whatever_order_and_parts_it_is_read(seed: int, parts: int) -> None:
    random = np.random.default_rng(seed)
    before, values = trained(uniform(random, 3000, 1200)), uniform(random, 6000, 4 * KEPT)
    at_once, read = window(values, before, 1), window(random.permutation(values), before, parts)
    assert at_once == read
    assert at_once.categories.total == len(values)
    assert at_once.categories.other > 0


def test_categories_of_the_training_set_are_counted_exactly_whatever_else_comes() -> None:
    before = trained(np.arange(5.0).repeat(200))
    assert isinstance(before.distribution, Categories)
    values = np.concatenate((np.arange(1000, 9000.0), np.arange(5.0), np.arange(20_000, 29_000.0)))
    found = window(values, before, 9).categories
    assert {name: found.counts[name] for name in before.distribution.counts} == dict.fromkeys("01234", 1)
    assert len(found.counts) == KEPT + 5
    assert sum(found.unseen(before.distribution.counts).values()) + found.other == 17_000


@pytest.mark.parametrize("draw", [uniform, zipf])
@pytest.mark.parametrize("rows", [6000, 60_000])
def test_a_healthy_window_of_very_many_categories_has_not_moved(draw, rows: int) -> None:  # type: ignore[no-untyped-def]
    """Nor does what the training set did not keep seem to come more often: kept by their counts, or of those alone that
    it happened to hold, a third of 3,000 equal categories would seem to hold more than a third of its rows."""
    random = np.random.default_rng(5)
    before = trained(draw(random, rows))
    sides = compared(before.distribution, window(draw(random, 20_000), before, 5).categories)  # type: ignore[arg-type]
    assert [side.sum() for side in sides] == [rows, 20_000]
    assert len(sides[0]) <= 2 * KEPT + SPREAD
    assert l_infinity(*sides) < 0.02
    p_values = [
        distances(before, window(draw(random, 20_000), before, 5).categories)["chi_square_p"] for _ in range(20)
    ]
    assert min(p_values) > 1e-4


def test_a_change_of_frequent_and_of_rare_categories_is_told_beyond_the_limit_too() -> None:
    random = np.random.default_rng(6)
    before = trained(zipf(random, 60_000))
    now = zipf(random, 20_000)
    frequent, rare = np.where(now == 0, 1, now), np.where(now < 1000, now, 0.0)
    for moved, least in ((frequent, 0.11), (rare, 0.1)):
        sides = compared(before.distribution, window(moved, before, 5).categories)  # type: ignore[arg-type]
        assert l_infinity(*sides) > least
        assert population_stability(*sides) > 0.1


def test_a_category_that_was_not_kept_is_told_where_it_takes_a_quarter_of_the_rows() -> None:
    random = np.random.default_rng(12)
    before = trained(uniform(random, 24_000))
    assert isinstance(before.distribution, Categories)
    never = next(each for each in range(3000) if str(each) not in before.distribution.counts)
    now = np.where(np.arange(12_000) % 4, uniform(random, 12_000), float(never))
    assert l_infinity(*compared(before.distribution, window(now, before, 3).categories)) > 0.24
    read = Categories(before.distribution.counts, before.distribution.other)  # where only the sum is known
    p, q = compared(read, window(now, before, 3).categories)
    assert (p.sum(), q.sum(), p[-1]) == (24_000, 12_000, read.other)


def test_the_training_set_keeps_few_categories_and_above_all_the_frequent_ones() -> None:
    found = trained(zipf(np.random.default_rng(7), 60_000)).distribution
    assert isinstance(found, Categories)
    assert (len(found.counts), found.total) == (KEPT, 60_000)
    assert {str(name) for name in range(60)} <= set(found.counts)


def test_with_every_category_known_distances_are_those_of_the_categories_one_by_one() -> None:
    before, now = Categories({"a": 5, "b": 5}), Categories({"a": 5, "new": 3, "newer": 2}, known=frozenset("ab"))
    assert l_infinity(*compared(before, now)) == pytest.approx(0.5)
    assert [side.tolist() for side in compared(before, now)] == [[5, 5, 0, 0], [5, 0, 3, 2]]


def test_windows_of_many_new_categories_each_are_compared_with_each_other() -> None:
    """With 6,000 categories that training had not: those that both windows tell are compared, all others as one."""
    random = np.random.default_rng(10)
    before = trained(np.arange(5.0).repeat(200))

    def read(first: float) -> Categories:
        new = first + random.integers(0, 6000, 8000)
        return window(np.append(random.integers(0, 5, 4000), new), before, 3).categories

    lately, again, other = read(100.0), read(100.0), read(10_000.0)
    assert lately.other > 0
    assert l_infinity(*compared(lately, again)) < 0.02
    assert jensen_shannon(*compared(lately, again)) < 0.05 < 0.1 < jensen_shannon(*compared(lately, other))


def test_no_category_is_unseen_where_the_training_set_did_not_keep_all() -> None:
    random = np.random.default_rng(9)
    many, few = trained(uniform(random, 20_000)), trained(np.arange(5.0).repeat(2000))
    assert unseen(many, uniform(random, 20_000), np.arange(3000)) == []
    assert unseen(few, uniform(random, 20_000), np.arange(5)) == [reports.CATEGORICAL_VALUES]


def unseen(before: FeatureBaseline, values: np.ndarray, domain: np.ndarray) -> list[str]:
    """Checks that a window breaks, of a list of categories that somebody completed."""
    columns: dict[str, Column] = {"shop": window(values, before, 4)}
    told = managed.constraints(columns)
    told["features"][0]["string_constraints"] = {"domains": [str(each) for each in domain.tolist()]}
    report = FeatureReport("shop", 1.0, 1.0, 0.0, 0.3, 0.3, 0.0)
    found = feature_violations(told, Baseline(before.present, (before,), NOTHING), columns, (report,), 0.1)
    return [violation.check for violation in found]


@pytest.mark.parametrize("draw", [uniform, zipf])
def test_how_many_categories_there_were_is_known_within_a_tenth_though_few_are_kept(draw) -> None:  # type: ignore[no-untyped-def]
    values = draw(np.random.default_rng(11), 60_000, 20_000)
    truth, before = len(np.unique(values)), trained(values)
    assert before.distribution.distinct == pytest.approx(truth, rel=0.1)  # type: ignore[union-attr]
    assert window(values, before, 3).categories.distinct == pytest.approx(truth, rel=0.1)
    assert Categories.of(["a", "b", "a"]).distinct == 2


def test_a_baseline_file_keeps_what_is_told_of_the_categories_that_are_not_kept() -> None:
    before = trained(uniform(np.random.default_rng(13), 6000))
    read = Baseline.from_json(Baseline(6000, (before,), NOTHING, np.zeros((0, 1))).to_json()).features[0]
    assert read.distribution == before.distribution
    assert len(read.distribution.spread) == SPREAD  # type: ignore[union-attr]
