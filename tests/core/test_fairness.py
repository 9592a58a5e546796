"""Group fairness: what holds of every metric, and how a group's bias is told."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.fairness.analysis import baseline_values, bias_analysis
from core.fairness.assessment import RESAMPLES, assess, drifted, intervals
from core.fairness.fairlearn import DISPARITIES, RATES, spread
from core.fairness.flip_test import flip_test
from core.fairness.metric import Undefined
from core.fairness.post_training import PARITY, POST_TRAINING
from core.fairness.pre_training import PRE_TRAINING
from core.fairness.tally import NO, UNKNOWN, YES, Facet, Tally

ROWS = arrays(np.int64, st.tuples(st.integers(1, 60), st.just(4)), elements=st.integers(0, 2))
BOUNDED = {"CI", "DPL", "DPPL", "CDDL", "CDDPL", "RD", "SD", "AD", "DAR", "DRR"}
SYMMETRIC = {"JS", "LP", "TVD", "KS"}


def _tally(rows: np.ndarray) -> Tally:
    return Tally.of(rows[:, 0], rows[:, 1], rows[:, 2], groups=3, stratum=rows[:, 3], strata=3)


@given(ROWS)
def test_metrics_lie_in_their_ranges(rows: np.ndarray) -> None:
    for name, metric in {**PRE_TRAINING, **POST_TRAINING}.items():
        try:
            value = metric.of(_tally(rows).facet([1]).judged)
        except Undefined:
            continue
        assert not math.isnan(value)
        if name in BOUNDED:
            assert -1 <= value <= 1
        if name in SYMMETRIC | {"GE", "DI"}:
            assert value >= 0


@given(st.lists(ROWS, min_size=1, max_size=4))
def test_many_facets_at_once_are_what_each_is_alone(tables: list[np.ndarray]) -> None:
    facets = [_tally(rows).facet([group]).judged for rows in tables for group in range(3)]
    for metric in {**PRE_TRAINING, **POST_TRAINING}.values():
        together = metric.values(Facet.together(facets)).tolist()
        for facet, value in zip(facets, together, strict=True):
            if math.isnan(value):
                with pytest.raises(Undefined):
                    metric.of(facet)
            else:
                assert metric.of(facet) == pytest.approx(value, abs=1e-12)


@given(ROWS)
def test_swapping_the_groups_turns_differences_round(rows: np.ndarray) -> None:
    facet = _tally(rows).facet([0]).judged
    other = Facet(facet.d, facet.a)
    for name in (BOUNDED | SYMMETRIC) - {"CDDL", "CDDPL"}:
        metric = {**PRE_TRAINING, **POST_TRAINING}[name]
        try:
            one, turned = metric.of(facet), metric.of(other)
        except Undefined:
            continue
        assert turned == pytest.approx(one if name in SYMMETRIC else -one, abs=1e-12)


@given(ROWS, st.integers(0, 59))
def test_counting_in_parts_gives_the_whole(rows: np.ndarray, cut: int) -> None:
    parts = _tally(rows[:cut]) + _tally(rows[cut:])
    assert (parts.counts == _tally(rows).counts).all()


@given(ROWS)
def test_groups_that_are_treated_alike_are_at_parity(rows: np.ndarray) -> None:
    same = np.concatenate([np.concatenate((np.full((len(rows), 1), group), rows[:, 1:]), axis=1) for group in (0, 1)])
    tally = Tally.of(same[:, 0], same[:, 1], same[:, 2], groups=2, stratum=same[:, 3], strata=3)
    for name, metric in {**PRE_TRAINING, **POST_TRAINING}.items():
        if name in ("GE", "CDDL", "CDDPL"):  # about all rows; about strata in which one outcome may be missing
            continue
        try:
            value = metric.of(tally.facet([1]).judged)
        except Undefined:
            continue
        if name != "DI" or value != 0:  # 0/0: nobody is accepted in either group
            assert value == pytest.approx(PARITY.get(name, 0.0), abs=1e-12)
    assert DISPARITIES["equalized_odds_difference"].of(tally) in (0.0, pytest.approx(math.nan, nan_ok=True))


@given(ROWS)
def test_rates_are_shares_and_their_spreads_agree(rows: np.ndarray) -> None:
    tally = _tally(rows)
    for rate in RATES:
        found = spread(tally, rate)
        known = [share for share in found.by_group if not math.isnan(share)]
        assert all(0 <= share <= 1 for share in known)
        if known:
            assert 0 <= found.difference("to_overall") <= 1
            assert found.difference() <= 2 * found.difference("to_overall") + 1e-12
            assert math.isnan(found.ratio()) or 0 <= found.ratio() <= 1


def test_labels_that_have_not_arrived_count_for_answers_alone() -> None:
    facet = Tally.of([0, 0, 1, 1], [UNKNOWN, YES, UNKNOWN, YES], [YES, YES, NO, YES], groups=2)
    (_, measured) = assess(facet, ["rest", "facet"])
    values = {one.name: one.value for one in (*measured.pre_training, *measured.post_training)}
    assert values["DPPL"] == 0.5  # all four answers
    assert (values["DPL"], values["CI"]) == (0, 0)  # the two labelled rows
    assert values["AD"] == 0


def test_a_group_without_rows_has_no_metrics_but_says_why() -> None:
    (_, absent) = assess(Tally.of([0, 0], [YES, NO], [YES, NO], groups=2), ["here", "gone"], seed=0)
    assert absent.rows == 0
    assert {one.value for one in (*absent.pre_training, *absent.post_training) if one.name != "GE"} == {None}
    assert absent.pre_training[1].error == "no row belongs to the facet"


def _biased(rows: int, share: float, seed: int = 0) -> Tally:
    """A facet whose members are accepted with `share`, and a rest that is with 1/2."""
    random = np.random.default_rng(seed)
    group = random.integers(0, 2, rows)
    label = random.integers(0, 2, rows)
    answer = random.random(rows) < np.where(group == 1, share, 0.5)
    return Tally.of(group, label, answer.astype(int), groups=2)


def test_intervals_hold_the_value_and_narrow_with_the_rows() -> None:
    widths = []
    for rows in (200, 20_000):
        (_, facet) = assess(_biased(rows, 0.3), ["rest", "facet"], seed=1)
        dppl = next(one for one in facet.post_training if one.name == "DPPL")
        assert None not in (dppl.low, dppl.value, dppl.high)
        assert dppl.low <= dppl.value <= dppl.high
        widths.append(dppl.high - dppl.low)
    assert widths[1] < widths[0] / 5


def test_an_interval_leaves_out_what_no_sample_defines_and_keeps_what_is_infinite() -> None:
    infinite, absent = np.full(100, math.inf), np.full(100, math.nan)
    lows, highs = intervals(np.stack((np.arange(100.0), np.r_[infinite[:50], absent[:50]], absent)))
    assert lows.tolist() == pytest.approx([2, math.inf, math.nan], nan_ok=True)
    assert highs.tolist() == pytest.approx([97, math.inf, math.nan], nan_ok=True)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_intervals_are_drawn_anew_only_from_another_seed(seed: int) -> None:
    assert assess(_biased(300, 0.4), ["rest", "facet"], seed) == assess(_biased(300, 0.4), ["rest", "facet"], seed)
    assert RESAMPLES >= 100


def test_only_a_move_away_from_parity_beyond_doubt_is_drift() -> None:
    before = {"DPPL": 0.05, "DI": 0.9}
    (_, fairer) = assess(_biased(20_000, 0.5), ["rest", "facet"], seed=0)
    (_, worse) = assess(_biased(20_000, 0.2), ["rest", "facet"], seed=0)
    (_, doubtful) = assess(_biased(30, 0.45), ["rest", "facet"], seed=0)
    assert not drifted(fairer, before)
    assert not drifted(doubtful, before)
    assert [one.metric for one in drifted(worse, before)] == ["DI", "DPPL"]
    assert not drifted(worse, before, tolerance=0.9)


def test_the_analysis_speaks_clarify_s_json_and_can_be_read_again() -> None:
    tally = Tally.of([0, 0, 0, 1, 1, 1], [YES, NO, NO, YES, NO, NO], [NO, NO, NO, YES, NO, NO], groups=2)
    text = json.dumps(bias_analysis("fast", "1", {"sex": assess(tally, ["0", "1"])}), allow_nan=False)
    told = json.loads(text)
    facets = told["post_training_bias_metrics"]["facets"]["sex"]
    assert [facet["value_or_threshold"] for facet in facets] == ["0", "1"]
    assert {one["name"]: one["value"] for one in facets[1]["metrics"]}["DI"] == "Infinity"
    values = baseline_values(told)
    assert values["sex", "1"]["DI"] == math.inf
    assert values["sex", "1"]["CI"] == 0
    assert "KL" in values["sex", "1"]


def test_codes_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 2; accepted: 0 to 1"):
        Tally.of([0, 2], [0, 0], [0, 0], groups=2)


def test_a_flip_test_needs_both_groups_and_no_gaps() -> None:
    rows = np.zeros((3, 1))
    with pytest.raises(ValueError, match="of the facet and of the rest"):
        flip_test(rows, np.zeros(3, bool), np.zeros(3, bool))
    rows[0] = np.nan
    with pytest.raises(ValueError, match="no missing values"):
        flip_test(rows, np.array([True, False, False]), np.zeros(3, bool))
