"""Numbers far out of the training set's: counted exactly, in parts as in one, and told beyond chance alone."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.contracts import reports
from core.contracts.reports import Outliers
from core.statistics.baseline import Baseline, FeatureBaseline
from core.statistics.column import Column, NumericColumn
from core.statistics.fences import Beyond, Fences
from core.statistics.histogram import Histogram, quantile_edges
from core.statistics.outliers import outlier_violations, outliers
from core.statistics.proportions import excess

NUMBERS = st.floats(-1e6, 1e6, width=32)
VALUES = arrays(np.float64, st.integers(1, 60), elements=NUMBERS | st.just(float("nan")))
NOTHING = Histogram.of([])
RANDOM = np.random.default_rng(0)
AMOUNTS = RANDOM.lognormal(3, 0.5, 2000).astype(np.float32).astype(np.float64)
"""A tail to the right: a part of them is far out."""


def column(values: np.ndarray, fences: Fences | None) -> NumericColumn:
    return NumericColumn.of(values, [], quantile_edges(AMOUNTS), fences)


def trained(values: np.ndarray = AMOUNTS) -> Baseline:
    found = NumericColumn.of(values, [], quantile_edges(values), Fences.of(values))
    feature = FeatureBaseline(
        name="amount",
        kind="numeric",
        completeness=1.0,
        distribution=found.histogram,
        minimum=found.moments.minimum,
        maximum=found.moments.maximum,
        most_common=0.01,
        attributions=NOTHING,
        share=0.5,
        fences=found.beyond.fences,
        far_out=found.beyond.count,
    )
    return Baseline(len(values), (feature,), NOTHING)


BASELINE = trained()
FENCES = BASELINE.features[0].fences


def window(values: np.ndarray) -> dict[str, Column]:
    return {"amount": column(values, FENCES)}


def told(values: np.ndarray) -> list[str]:
    columns = window(values)
    return [one.description for one in outlier_violations(BASELINE, columns, outliers(BASELINE, columns), 0.05)]


@given(VALUES)
def test_no_quartile_lies_beyond_the_fences(values: np.ndarray) -> None:
    fences = Fences.of(values)
    present = values[~np.isnan(values)]
    if fences is None:
        assert not len(present)
    else:
        assert fences.low <= np.quantile(present, 0.25) <= np.quantile(present, 0.75) <= fences.high
        assert Beyond.of(values, fences).count <= len(present) / 2


@given(VALUES, st.randoms())
def test_the_order_of_rows_changes_nothing(values: np.ndarray, random: object) -> None:
    shuffled = np.array(sorted(values, key=lambda _: random.random()))  # type: ignore[attr-defined]
    assert Fences.of(values) == Fences.of(shuffled)
    assert column(values, FENCES).beyond == column(shuffled, FENCES).beyond


@given(VALUES, st.integers(0, 60))
def test_parts_of_a_window_add_up_to_the_whole(values: np.ndarray, cut: int) -> None:
    parts = column(values[:cut], FENCES) + column(values[cut:], FENCES)
    assert parts.beyond == column(values, FENCES).beyond


def test_counts_beyond_different_fences_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="different fences"):
        Beyond(Fences(0, 1)) + Beyond(Fences(0, 2))


def test_what_lies_on_a_fence_is_not_far_out() -> None:
    assert FENCES is not None
    on, beyond = [FENCES.low, FENCES.high], [np.nextafter(FENCES.low, -np.inf), np.nextafter(FENCES.high, np.inf)]
    assert column(np.array(on), FENCES).beyond.count == 0
    assert column(np.array([*on, *beyond]), FENCES).beyond.count == 2


@pytest.mark.parametrize(
    ("values", "fences"),
    [
        ([5.0] * 10, Fences(5, 5)),
        ([0.0] * 80 + [1.0] * 20, Fences(0, 1)),
        ([0.0] * 80 + [10.0] * 10 + [20.0] * 10, Fences(-30, 50)),
        ([float("nan")] * 3, None),
    ],
)
def test_numbers_of_which_most_are_the_same_have_fences_that_hold_it(values: list[float], fences: Fences) -> None:
    assert Fences.of(values) == fences


def test_the_tail_that_training_had_is_no_violation() -> None:
    (found,) = outliers(BASELINE, window(AMOUNTS))
    assert found.share == found.baseline == BASELINE.features[0].far_out / 2000 > 0
    assert found.outside == 0
    assert told(AMOUNTS) == []


@given(st.integers(0, 200), st.integers(0, 200))
def test_more_outliers_never_make_the_violation_go_away(some: int, more: int) -> None:
    def violated(many: int) -> bool:
        values = AMOUNTS[:500].copy()
        values[np.argsort(values)[:many]] *= 1000
        return bool(told(values))

    assert violated(some) <= violated(some + more)
    assert violated(0) < violated(200)


def test_a_unit_that_changed_is_seen_by_the_medians() -> None:
    (text,) = told(AMOUNTS[:500] * 1000)
    middle = float(np.median(AMOUNTS))
    far, usual = (float(word.rstrip("s").split()[-1]) for word in text.split(";")[1].split(", the baseline's"))
    assert far / usual == pytest.approx(1000, rel=0.1)
    assert usual == pytest.approx(middle, rel=0.03)
    assert text.startswith("100.0% of the values are far out")


def test_one_number_that_stands_in_for_missing_ones_is_not_told_as_far_out_as_well() -> None:
    values = AMOUNTS[:500].copy()
    values[::3] = -999
    assert told(values) == []
    (found,) = outliers(BASELINE, window(values))
    assert found.share > 0.3


@pytest.mark.parametrize("rows", [100, 1000])
def test_a_single_number_far_out_in_a_window_is_chance(rows: int) -> None:
    normal = np.random.default_rng(1).normal(size=4000)
    baseline = trained(normal)
    values = normal[:rows].copy()
    values[0] = 1e9
    columns: dict[str, Column] = {"amount": NumericColumn.of(values, [], quantile_edges(normal), Fences.of(normal))}
    found = outliers(baseline, columns)
    assert [one.share for one in found] == [1 / rows]
    assert list(outlier_violations(baseline, columns, found, 0.05)) == []


def test_a_column_that_is_left_out_is_not_looked_at() -> None:
    assert outliers(BASELINE, window(AMOUNTS * 1000), {"amount"}) == ()


def test_a_baseline_keeps_the_fences_and_one_of_before_says_nothing() -> None:
    read = Baseline.from_json(BASELINE.to_json()).features[0]
    assert (read.fences, read.far_out) == (FENCES, BASELINE.features[0].far_out)
    value = json.loads(BASELINE.to_json())
    for feature in value["features"]:
        del feature["fences"], feature["far_out"]
    old = Baseline.from_json(json.dumps(value))
    assert outliers(old, {"amount": column(AMOUNTS * 1000, old.features[0].fences)}) == ()


def test_the_share_outside_of_the_range_is_exact() -> None:
    low, high = float(AMOUNTS.min()), float(AMOUNTS.max())
    values = np.array([low, high, np.nextafter(low, 0), np.nextafter(high, np.inf), np.nan])
    (found,) = outliers(BASELINE, window(values))
    assert isinstance(found, Outliers)
    assert found.outside == 2 / 4


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1000, 5000))
def test_an_excess_grows_with_the_count_and_is_none_for_equal_shares(count: int, before: int, rows: int) -> None:
    assert excess(count, rows, count, rows) == 0
    assert excess(count + 1, 1001, before, rows) > excess(count, 1001, before, rows)


def test_the_check_is_mere_drift() -> None:
    """A moved distribution is no fault of the data."""
    assert {reports.OUTLIERS, reports.ANOMALIES} <= reports.MERE_DRIFT
