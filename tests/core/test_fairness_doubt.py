"""When a bias metric is farther from parity beyond doubt: not by what a thin cell happens to hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fairness.assessment import LEAST, GroupBias, assess, drifted
from core.fairness.fairlearn import DISPARITIES
from core.fairness.tally import Tally

NAMES = ("rest", "group")
COMPARED = 40
"""Metrics of two groups."""
Values = dict[str, dict[str, float]]
World = tuple[float, float, float, int]
"""Share of positive labels, false and true positive rate, and the group's rows of 3,000."""
HEALTHY: tuple[World, ...] = (
    (0.03, 0.01, 0.9, 60),
    (0.03, 0.01, 0.9, 200),
    (0.1, 0.03, 0.9, 60),
    (0.2, 0.05, 0.9, 100),
    (0.5, 0.1, 0.9, 60),
)


def table(rest: list[list[int]], group: list[list[int]]) -> Tally:
    """Of [label][answer] each."""
    counts = np.zeros((1, 2, 3, 3), np.int64)
    counts[0, 0, :2, :2], counts[0, 1, :2, :2] = rest, group
    return Tally(counts)


def lived(world: World, rows: int, random: np.random.Generator, refused: float = 0.0) -> Tally:
    """Nothing depends on the group; or of those of it who would be accepted, a share is not."""
    share, false_positive, true_positive, size = world
    group = np.repeat((0, 1), (rows - size * rows // 3000, size * rows // 3000))
    label = random.random(rows) < share
    answer = random.random(rows) < np.where(label, true_positive, false_positive)
    answer &= (group == 0) | (random.random(rows) >= refused)
    return Tally.of(group, label.astype(int), answer.astype(int), groups=2)


def values(tally: Tally) -> Values:
    return {
        one.group: {each.name: each.value for each in one.measured if each.value is not None}
        for one in assess(tally, NAMES)
    }


def told(tally: Tally, before: Values, tolerance: float = 0.05) -> set[str]:
    found = (drifted(one, before[one.group], tolerance, COMPARED) for one in assess(tally, NAMES, seed=0))
    return {drift.metric for drifts in found for drift in drifts} - {"GE"}


def group_of(tally: Tally) -> GroupBias:
    return assess(tally, NAMES, seed=0)[1]


def ends(bias: GroupBias, metric: str) -> tuple[float, float]:
    one = next(each for each in bias.measured if each.name == metric)
    assert one.low is not None
    assert one.high is not None
    return one.low, one.high


@pytest.mark.parametrize("world", HEALTHY, ids=str)
def test_where_nothing_moved_hardly_a_window_has_a_violation(world: World) -> None:
    random = np.random.default_rng(0)
    before = values(lived(world, 300_000, random))
    windows = [told(lived(world, 3000, random), before) for _ in range(100)]
    assert sum(map(bool, windows)) <= 5, [found for found in windows if found]


@pytest.mark.parametrize("rows", [600, 1000, 3000])
def test_a_group_that_is_accepted_half_as_often_is_told_from_some_hundred_rows_on(rows: int) -> None:
    random = np.random.default_rng(1)
    world = (0.5, 0.1, 0.9, 1500)
    before = values(lived(world, 300_000, random))
    assert before["group"]["DI"] == pytest.approx(1, abs=0.05)
    for _ in range(10):
        window = lived(world, rows, random, refused=0.5)
        assert {"DI", "RD"} <= told(window, before)


def test_a_group_without_a_positive_label_has_lost_no_recall() -> None:
    before = values(table([[28_000, 200], [150, 1350]], [[560, 4], [3, 27]]))
    assert told(table([[2800, 20], [15, 135]], [[59, 1], [0, 0]]), before) == set()
    assert told(table([[2800, 20], [15, 135]], [[60, 0], [0, 0]]), before) == set()


def test_an_interval_does_not_take_what_was_not_seen_for_impossible() -> None:
    """Of 60 rows none accepted: up to 5 % of such a group may be (the rule of three), not 0 %."""
    bias = group_of(table([[1500, 0], [0, 1500]], [[30, 0], [30, 0]]))
    low, high = ends(bias, "DPPL")
    assert low < 0.5 - 0.02
    assert high == pytest.approx(0.5, abs=0.02)
    _, most = ends(bias, "DI")
    assert 0.02 < most < 0.15


@given(st.lists(st.integers(0, 30), min_size=8, max_size=8), st.integers(0, 10))
def test_an_interval_holds_its_value_and_has_a_width(cells: list[int], seed: int) -> None:
    rest, group = np.array(cells).reshape(2, 2, 2).tolist()
    for bias in assess(table(rest, group), NAMES, seed):
        for one in bias.measured:
            if one.value is not None:
                assert one.low is not None
                assert one.high is not None
                assert one.low <= one.value <= one.high
                assert one.low < one.high


def test_a_row_less_decides_whether_a_quotient_is_judged() -> None:
    """The group's recall falls from all to none."""
    before = values(table([[500, 0], [0, 500]], [[500, 0], [0, 500]]))
    few = table([[500, 0], [0, 500]], [[500, 0], [LEAST - 1, 0]])
    enough = table([[500, 0], [0, 500]], [[500, 0], [LEAST, 0]])
    assert "RD" not in told(few, before)
    assert "RD" in told(enough, before)
    assert not {"DAR", "DCA"} & told(enough, before), "nobody of the group was accepted: it has no acceptance rate"


def test_labels_that_are_there_are_compared_and_not_the_rows() -> None:
    """300 rows of the group, of which 20 have their label; all that have are answered wrongly."""
    counts = np.zeros((1, 2, 3, 3), np.int64)
    counts[0, 0, :2, :2] = [[400, 100], [100, 400]]
    counts[0, 1, :, :2] = [[0, 10], [10, 0], [140, 140]]
    before = values(table([[400, 100], [100, 400]], [[400, 100], [100, 400]]))
    group = group_of(Tally(counts))
    assert group.rows == 300
    assert "AD" in {drift.metric for drift in drifted(group, before["group"], least=20)}
    assert not drifted(group, before["group"], least=21)


def test_a_thin_group_proves_nothing_of_the_others_either() -> None:
    """The rest of a group are the thin ones: what is told of one is told of the other with another sign."""
    before = values(table([[500, 0], [0, 500]], [[500, 0], [0, 500]]))
    rest, thin = assess(table([[500, 0], [0, 500]], [[20, 0], [20, 0]]), NAMES, seed=0)
    for one in (rest, thin):
        assert "RD" in {drift.metric for drift in drifted(one, before[one.group], least=40)}
    assert not drifted(thin, before["group"], least=41)
    assert {drift.metric for drift in drifted(rest, before["rest"], least=41)} == {"CI", "GE"}, "it is more, indeed"


def test_strata_do_not_make_an_interval_wider_where_nothing_is_conditional() -> None:
    one = table([[400, 100], [100, 400]], [[8, 2], [2, 8]])
    apart = Tally(np.concatenate([one.counts, *[np.zeros_like(one.counts)] * 19]))
    for metric in ("DPPL", "RD", "DI"):
        (low, high), (lower, higher) = ends(group_of(one), metric), ends(group_of(apart), metric)
        assert (higher - lower) == pytest.approx(high - low, rel=0.3)


def test_where_one_of_two_rates_is_of_nobody_the_other_tells_equalized_odds() -> None:
    """No false positive in either group; true ones 1/2 and 1/4. Fairlearn gives NaN here."""
    tally = table([[10, 0], [5, 5]], [[10, 0], [6, 2]])
    assert DISPARITIES["equalized_odds_ratio"].of(tally) == 0.5
