"""Rules between columns, and the age of rows: values are of 32 bits, whatever the team's file says in decimals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.policy import Freshness, Rule
from core.statistics.rules import COMPARED, broken, late

FINITE = st.floats(-1e30, 1e30, allow_nan=False)


def column(*values: float) -> np.ndarray:
    """As the monitor holds numbers: rounded to 32 bits, in 64."""
    return np.array(values, np.float32).astype(np.float64).reshape(-1, 1)


@pytest.mark.parametrize("number", [0.1, 0.7, 1.1, 16777217.0])
@pytest.mark.parametrize("is_", ["<=", ">=", "=="])
def test_a_row_that_is_exactly_the_rules_number_keeps_it(number: float, is_: str) -> None:
    assert broken(Rule("a", is_, number), column(number), ["a"]).tolist() == [False]


@pytest.mark.parametrize("number", [0.1, 0.7, 1.1, 16777217.0])
@pytest.mark.parametrize("is_", ["<", ">", "!="])
def test_a_row_that_is_exactly_the_rules_number_breaks_what_is_strict(number: float, is_: str) -> None:
    assert broken(Rule("a", is_, number), column(number), ["a"]).tolist() == [True]


@given(FINITE, FINITE, st.sampled_from(sorted(COMPARED)))
def test_a_number_is_compared_as_a_column_that_holds_it(value: float, number: float, is_: str) -> None:
    rows = np.column_stack((column(value), column(number)))
    by_number = broken(Rule("a", is_, number), rows[:, :1], ["a"])
    assert by_number.tolist() == broken(Rule("a", is_, "b"), rows, ["a", "b"]).tolist()


def test_a_number_beyond_32_bits_is_larger_than_every_value() -> None:
    assert broken(Rule("a", "<", 1e39), column(3e38), ["a"]).tolist() == [False]
    assert broken(Rule("a", ">", 1e39), column(3e38), ["a"]).tolist() == [True]


@given(st.integers(1_500_000_000, 2_100_000_000), st.integers(0, 359))
def test_no_row_is_late_that_may_be_fresh_though_32_bits_hold_times_in_steps_of_two_minutes(now: int, age: int) -> None:
    assert late(Freshness("seen", 0.1), column(now - age), np.array([float(now)]), ["seen"]).tolist() == [False]


@given(st.integers(1_500_000_000, 2_100_000_000), st.integers(360 + 129, 100_000))
def test_a_row_is_late_that_is_older_by_more_than_such_a_step(now: int, age: int) -> None:
    assert late(Freshness("seen", 0.1), column(now - age), np.array([float(now)]), ["seen"]).tolist() == [True]


def test_a_row_without_a_time_is_not_late() -> None:
    assert late(Freshness("seen", 1), column(np.nan), np.array([1.8e9]), ["seen"]).tolist() == [False]
