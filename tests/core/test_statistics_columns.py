"""Summaries of columns: parts add up to the whole, and little is lost in little memory."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.statistics import managed
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.categories import KEPT as CATEGORIES_KEPT
from core.statistics.categories import Categories
from core.statistics.column import CategoricalColumn, NumericColumn
from core.statistics.distinct import SIZE, Distinct
from core.statistics.frequent import KEPT, Frequent
from core.statistics.histogram import Histogram, quantile_edges
from core.statistics.keys import LONGEST, hashed, numbered
from core.statistics.moments import Moments
from core.statistics.sample import Sample
from core.statistics.sketch import K, Sketch

numbers = st.lists(st.floats(-1e9, 1e9) | st.just(float("nan")), max_size=80)


@given(numbers, numbers, st.lists(st.floats(-1e9, 1e9), max_size=9))
def test_a_column_read_in_parts_is_the_column_read_at_once(
    one: list[float], other: list[float], cuts: list[float]
) -> None:
    edges = np.unique(cuts)
    parts = NumericColumn.of(np.array(one), [], edges) + NumericColumn.of(np.array(other), [], edges)
    whole = NumericColumn.of(np.array(one + other), [], edges)
    assert parts.presence == whole.presence
    assert parts.histogram.counts.tolist() == whole.histogram.counts.tolist()
    assert parts.moments.count == whole.moments.count
    assert parts.moments.mean == pytest.approx(whole.moments.mean, rel=1e-9, abs=1e-3)
    assert parts.moments.standard_deviation == pytest.approx(whole.moments.standard_deviation, rel=1e-6, abs=1e-2)
    assert (parts.moments.minimum, parts.moments.maximum) == (whole.moments.minimum, whole.moments.maximum)
    assert parts.sketch.weighted()[0].tolist() == whole.sketch.weighted()[0].tolist()


@given(numbers)
def test_every_present_number_is_in_exactly_one_bin(values: list[float]) -> None:
    column = NumericColumn.of(np.array(values), [], quantile_edges(values))
    assert column.histogram.total == column.present == sum(not np.isnan(value) for value in values)


@given(numbers, st.integers(1, 20))
def test_quantile_edges_rise_and_leave_room_below_and_above(values: list[float], bins: int) -> None:
    edges = quantile_edges(values, bins=bins)
    counts = Histogram.of(edges, values).counts
    assert all(low < high for low, high in pairwise(edges.tolist()))
    assert len(edges) <= bins + 2
    if len(edges):
        assert counts[0] == counts[-1] == 0


def test_distinct_values_are_shared_out_evenly_among_the_bins() -> None:
    counts = Histogram.of(quantile_edges(np.arange(1000)), np.arange(1000)).counts
    assert set(counts[1:-1].tolist()) == {10}


def test_histograms_over_other_edges_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="different edges"):
        Histogram.of([1], []) + Histogram.of([2], [])


def test_moments_of_numbers_near_the_largest_float_stay_readable() -> None:
    found = Moments.of([1e308, 1e308, 1e308])
    assert found.mean == pytest.approx(1e308)
    assert found.maximum == 1e308


def test_a_sketch_of_many_numbers_is_small_and_knows_every_rank_within_half_a_percent() -> None:
    values = np.random.default_rng(3).lognormal(size=200_000)
    sketch = Sketch()
    for part in np.array_split(values, 97):
        sketch += Sketch.of(part)
    items, weights = sketch.weighted()
    assert weights.sum() == pytest.approx(len(values), rel=0.001)
    assert len(items) < 4 * K
    ranks = np.searchsorted(np.sort(values), items, side="right") / len(values)
    assert np.abs(ranks - np.cumsum(weights) / weights.sum()).max() < 0.005


def test_a_sketch_of_few_numbers_is_exact() -> None:
    assert Sketch.of(np.arange(K)).weighted()[0].tolist() == list(range(K))


@given(st.lists(st.lists(st.integers(0, 300), max_size=300), max_size=5))
def test_the_frequent_numbers_are_counted_within_the_stated_error(parts: list[list[int]]) -> None:
    found, truth = Frequent(), [value for part in parts for value in part]
    for part in parts:
        found += Frequent.of(np.array(part, float))
    assert found.total == len(truth)
    assert found.error <= len(truth) / (KEPT + 1)
    assert len(found.counts) <= KEPT
    for value in set(truth):
        assert 0 <= truth.count(value) - found.counts.get(float(value), 0) <= found.error


def test_errors_of_the_frequent_numbers_add_up_over_parts_of_many_different_numbers() -> None:
    random = np.random.default_rng(8)
    parts = [np.concatenate((random.integers(0, 400, 900), np.full(100, 7))).astype(float) for _ in range(20)]
    found = sum((Frequent.of(part) for part in parts), Frequent())
    truth = int(sum((part == 7).sum() for part in parts))
    assert found.most_common() is not None
    assert 7.0 in found.counts
    assert 0 < truth - found.counts[7.0] <= found.error <= 20_000 / (KEPT + 1)


def test_categories_beyond_the_limit_are_counted_together() -> None:
    found = Categories.of([str(n) for n in range(CATEGORIES_KEPT + 5)]) + Categories.of(["7"])
    assert len(found.counts) == CATEGORIES_KEPT
    assert found.total == CATEGORIES_KEPT + 6
    assert found.counts["7"] == 2


def test_one_and_one_point_zero_are_the_same_category_and_a_text_is_its_own() -> None:
    column = CategoricalColumn.of(np.array([1.0, 1, 2.5, np.nan, np.nan]), ["male"])
    assert dict(column.categories.counts) == {"1": 2, "2.5": 1, "male": 1}
    assert column.completeness == 0.8


@given(st.lists(st.text(min_size=1), unique=True, max_size=60), st.integers(1, 10), st.randoms())
def test_a_sample_is_the_same_in_whatever_order_and_parts_the_rows_come(keys: list[str], size: int, random) -> None:  # type: ignore[no-untyped-def]
    rows = np.arange(len(keys), dtype=float)[:, None]
    whole = Sample.of(hashed(keys), rows, size)
    order = list(range(len(keys)))
    random.shuffle(order)
    cut = len(keys) // 2
    parts = [Sample.of(hashed([keys[i] for i in part]), rows[part], size) for part in (order[:cut], order[cut:])]
    again = parts[0] + parts[1] + parts[1]  # a part that is read twice changes nothing
    assert again.rows.tolist() == whole.rows.tolist()
    assert len(whole.rows) == min(size, len(keys))


@given(st.lists(st.text(max_size=2 * LONGEST), unique=True, max_size=20))
def test_a_name_has_one_key_whatever_stands_beside_it(names: list[str]) -> None:
    keys = hashed(names)
    assert len(set(keys.tolist())) == len(names)
    assert keys.tolist() == [int(hashed([name])[0]) for name in names]


def test_parts_of_one_thing_have_keys_of_their_own() -> None:
    things = hashed(["a", "b"]).repeat(1000)
    parts = numbered(things, np.tile(np.arange(1000), 2))
    assert len(set(parts.tolist()) | set(things.tolist())) == 2002
    assert numbered(things[:1], 1, 2) != numbered(things[:1], 2, 1)


def test_every_row_is_as_likely_to_be_sampled() -> None:
    rows = np.arange(20_000, dtype=float)[:, None]
    found = Sample.of(hashed([f"event-{n}" for n in range(20_000)]), rows, 2000)
    assert found.rows.mean() == pytest.approx(10_000, rel=0.03)


def test_statistics_have_the_managed_fields_and_ten_buckets_that_hold_every_number() -> None:
    column = NumericColumn.of(np.array([1.0, 2.0, 2.5, np.nan]), [], np.empty(0))
    kinds = CategoricalColumn.of(np.array([1.0, 1.0, 2.0, np.nan]), [])
    found = json.loads(json.dumps(managed.statistics({"bmi": column, "sex": kinds}, 4), allow_nan=False))
    bmi, sex = found["features"]
    assert found["dataset"] == {"item_count": 4}
    assert (bmi["name"], bmi["inferred_type"]) == ("bmi", "Fractional")
    numerical = bmi["numerical_statistics"]
    assert numerical["common"] == {"num_present": 3, "num_missing": 1}
    assert (numerical["mean"], numerical["sum"], numerical["min"], numerical["max"]) == pytest.approx(
        (5.5 / 3, 5.5, 1, 2.5)
    )
    buckets = numerical["distribution"]["kll"]["buckets"]
    assert len(buckets) == 10
    assert sum(bucket["count"] for bucket in buckets) == 3
    assert sex["string_statistics"]["distribution"]["categorical"]["buckets"] == [
        {"value": "1", "count": 2},
        {"value": "2", "count": 1},
    ]


def test_statistics_of_a_column_without_any_value_are_still_json() -> None:
    column = NumericColumn.of(np.array([np.nan]), [], np.empty(0))
    found = json.dumps(managed.statistics({"bmi": column}, 1), allow_nan=False)
    assert '"Unknown"' in found


def test_constraints_say_what_held_in_the_training_set() -> None:
    age = NumericColumn.of(np.array([30.0, 41.0]), [], np.empty(0))
    bmi = NumericColumn.of(np.array([-0.5, np.nan]), [], np.empty(0))
    sex = CategoricalColumn.of(np.array([1.0, 2.0]), [])
    found = managed.constraints({"age": age, "bmi": bmi, "sex": sex})
    assert found["features"] == [
        {
            "name": "age",
            "inferred_type": "Integral",
            "completeness": 1.0,
            "num_constraints": {"is_non_negative": True},
            "monitoringConfigOverrides": {},
        },
        {
            "name": "bmi",
            "inferred_type": "Fractional",
            "completeness": 0.5,
            "num_constraints": {"is_non_negative": False},
            "monitoringConfigOverrides": {},
        },
        {
            "name": "sex",
            "inferred_type": "String",
            "completeness": 1.0,
            "string_constraints": {"domains": ["1", "2"]},
            "monitoringConfigOverrides": {},
        },
    ]
    assert set(found["monitoring_config"]) == {
        "evaluate_constraints",
        "emit_metrics",
        "datatype_check_threshold",
        "domain_content_threshold",
        "distribution_constraints",
    }


def test_a_baseline_survives_its_file_to_the_last_bit() -> None:
    values = np.random.default_rng(5).normal(size=500)
    histogram = Histogram.of(quantile_edges(values), values)
    feature = FeatureBaseline("bmi", "numeric", 0.9, histogram, -3.0, 3.0, 0.01, histogram, 0.7)
    coded = FeatureBaseline("sex", "categorical", 1.0, Categories({"1": 3}, 2), None, None, 1.0, histogram, 0.3)
    before = Baseline(500, (feature, coded), histogram)
    after = Baseline.from_json(before.to_json())
    assert after.to_json() == before.to_json()
    assert after.features[0].distribution.edges.tolist() == histogram.edges.tolist()  # type: ignore[union-attr]
    assert after.features[1].distribution == Categories({"1": 3}, 2)


def test_a_baseline_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 99"):
        Baseline.from_json('{"version": 99}')


@pytest.mark.parametrize("count", [10, 4000, 100_000])
def test_different_things_are_counted_once_however_often_they_come(count: int) -> None:
    keys = numbered(hashed(["row"]).repeat(count), np.arange(count))
    parts = Distinct.of(keys[: count // 2]) + Distinct.of(keys) + Distinct.of(keys[count // 3 :])
    assert parts.estimate == pytest.approx(count, rel=0.06 if count > SIZE else 0)
    assert parts.error == pytest.approx(0.0156 if count > SIZE else 0, abs=1e-4)


def test_estimates_of_how_many_are_different_lie_as_far_off_as_they_say() -> None:
    random, count = np.random.default_rng(8), 50_000
    found = [Distinct.of(random.integers(0, 2**64, count, np.uint64, endpoint=False)) for _ in range(200)]
    off = np.std([each.estimate / count - 1 for each in found])
    assert off == pytest.approx(found[0].error, rel=0.2)
