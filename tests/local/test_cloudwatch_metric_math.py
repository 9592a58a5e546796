"""Metric math, by the user guide's own examples and by what the functions are said to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloudwatch.expression import MathError
from local.cloudwatch.math_functions import FUNCTIONS, Value
from local.cloudwatch.metric_math import Workspace, result
from local.cloudwatch.metrics import Grid, Series

GRID = Grid(start=1_795_132_800, period=3600, count=5)  # Friday 2026-11-20, 00:00 UTC
Row = list[float | None]


def series(values: Row) -> Series:
    return {start: float(value) for start, value in zip(GRID.starts, values, strict=False) if value is not None}


def row(value: Value) -> Row:
    assert isinstance(value, dict)
    return [value.get(start) for start in GRID.starts]


def value(expression: str, **metrics: Row) -> Value:
    return Workspace(GRID, {name: series(row) for name, row in metrics.items()}, {"e": expression}).value("e")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1 < m2", [0, 0, 1, 0, None]),
        ("m1 >= 30", [1, 0, 0, 0, None]),
        ("m1 > 15 AND m2 > 15", [1, 0, 0, 0, None]),
        ("m1 > 15 || m2 > 15", [1, 1, 1, 0, None]),
    ],
)
def test_comparisons_and_logic_are_as_the_guide_shows(expression: str, expected: Row) -> None:
    assert row(value(expression, m1=[30, 20, 0, 0], m2=[20, None, 20, None])) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(m1, m2, m3)", [30, 0, 20, None, None]),
        ("IF(m1, 5, m3)", [5, 5, 20, None, None]),
        ("IF(m1, m2, 5)", [30, 0, 5, 5, None]),
        ("IF(m1, m2)", [30, 0, None, None, None]),
        ("IF(1 > 2, m2, m3)", [0, 0, 20, None, 20]),
        ("IF(1 > 2, m2)", [None] * 5),
    ],
)
def test_conditions_are_as_the_guide_shows(expression: str, expected: Row) -> None:
    metrics: dict[str, Row] = {"m1": [1, 1, 0, 0, None], "m2": [30, None, 0, 0, 30], "m3": [0, 0, 20, None, 20]}
    assert row(value(expression, **metrics)) == expected


def test_arithmetic_meets_a_missing_value_as_zero_and_drops_what_divides_by_zero() -> None:
    assert row(value("m1 - m2", m1=[5, None], m2=[2, 3])) == [3, -3, None, None, None]
    assert row(value("m1 / m2", m1=[6, 6], m2=[2, None])) == [3, None, None, None, None]
    assert row(value("-m1 * 2 + 10 ^ 2", m1=[1])) == [98, None, None, None, None]


@pytest.mark.parametrize(
    ("filler", "expected"),
    [
        ("0", [0, 2, 0, 6, 0]),
        ("REPEAT", [None, 2, 2, 6, 6]),
        ("LINEAR", [None, 2, 4, 6, None]),
        ("m2", [9, 2, 9, 6, 9]),
    ],
)
def test_gaps_are_filled_as_asked(filler: str, expected: Row) -> None:
    assert row(value(f"FILL(m1, {filler})", m1=[None, 2, None, 6, None], m2=[9] * 5)) == expected


@pytest.mark.parametrize(
    ("function", "number", "of_each_period"),
    [("SUM", 6, [4, 5]), ("AVG", 2, [2, 2.5]), ("MIN", 1, [1, 5]), ("MAX", 3, [3, 5]), ("DATAPOINT_COUNT", 3, [2, 1])],
)
def test_aggregates_are_a_number_of_a_series_and_a_series_of_a_list(
    function: str, number: float, of_each_period: Row
) -> None:
    assert value(f"{function}(m1)", m1=[1, 2, 3]) == number
    assert row(value(f"{function}([m1, m2])", m1=[1, 5], m2=[3, None]))[:2] == of_each_period


def test_changes_are_taken_from_one_data_point_to_the_next_even_over_a_gap() -> None:
    readings: Row = [10, 20, None, 80]
    assert row(value("DIFF(m1)", m1=readings)) == [None, 10, None, 60, None]
    assert row(value("DIFF_TIME(m1)", m1=readings)) == [None, 3600, None, 7200, None]
    assert row(value("RATE(m1) * 3600", m1=readings)) == [None, 10, None, 30, None]
    assert row(value("RUNNING_SUM(m1)", m1=readings)) == [10, 30, None, 110, None]


def test_functions_of_time_have_a_value_in_every_period() -> None:
    assert row(value("HOUR(m1)", m1=[1])) == [0, 1, 2, 3, 4]
    assert row(value("DAY(m1) + DATE(m1) + MONTH(m1) + YEAR(m1)", m1=[1])) == [5 + 20 + 11 + 2026] * 5
    assert row(value("TIME_SERIES(PERIOD(m1))", m1=[1])) == [3600] * 5


def test_lists_are_picked_by_name_sorted_and_cut() -> None:
    metrics: dict[str, Row] = {"errors_a": [1], "errors_b": [5], "requests": [50]}
    assert row(value('SUM(METRICS("errors")) / SUM(METRICS("requests")) * 100', **metrics))[0] == 12
    assert row(value("FIRST(SORT(METRICS(), MAX, DESC))", **metrics))[0] == 50
    assert row(value("LAST(SLICE(SORT(METRICS(), AVG, ASC), 0, 2))", **metrics))[0] == 5
    assert row(value("m1 / METRIC_COUNT(METRICS())", m1=[2], m2=[2]))[0] == 1


def test_a_logarithm_drops_what_has_none() -> None:
    assert row(value("LOG10(m1)", m1=[100, 0, -1])) == [2, None, None, None, None]


def test_expressions_build_on_each_other() -> None:
    workspace = Workspace(GRID, {"m1": series([1, 2])}, {"half": "m1 / 2", "e": "half + half"})
    assert row(result(workspace, "e"))[:2] == [1, 2]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("m1 +", "cannot be parsed"),
        ("m9 + 1", "'m9'"),
        ("SEARCH('x', 'Sum')", "SEARCH is not modelled"),
        ("__import__('os')", "__import__ is not modelled"),
        ("m1.__class__", "is not part of metric math"),
        ("[x for x in m1]", "is not part of metric math"),
        ("m1 < 1 < 2", "is not part of metric math"),
        ("e", "refers to itself"),
        ("ABS(m1, m1)", "ABS does not take these arguments"),
        ("[m1] + [m1]", "not two lists"),
    ],
)
def test_what_is_not_metric_math_is_refused_with_its_name(expression: str, said: str) -> None:
    with pytest.raises(MathError, match=said.replace("(", r"\(")):
        value(expression, m1=[1])


@pytest.mark.parametrize(("expression", "said"), [("SUM(m1)", "a number"), ("METRICS()", "a list of series")])
def test_an_alarm_watches_one_series(expression: str, said: str) -> None:
    with pytest.raises(MathError, match=said):
        result(Workspace(GRID, {"m1": series([1])}, {"e": expression}), "e")


def test_an_expression_over_no_data_has_no_data() -> None:
    assert result(Workspace(GRID, {"m1": {}}, {"e": "m1 - AVG(m1)"}), "e") == {}


rows = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=5, max_size=5)


@given(rows, rows)
def test_a_series_that_is_filled_has_every_period_and_keeps_what_it_had(left: Row, right: Row) -> None:
    filled = row(value("FILL(m1, 0)", m1=left))
    assert None not in filled
    assert all(kept == new for kept, new in zip(left, filled, strict=True) if kept is not None)
    assert row(value("m1 + m2", m1=left, m2=right)) == row(value("m2 + m1", m1=left, m2=right))


@given(
    st.sampled_from(sorted(FUNCTIONS)), st.lists(st.sampled_from(["m1", "METRICS()", "1", "AVG", "ASC"]), max_size=3)
)
def test_no_call_fails_in_any_other_way_than_by_saying_what_is_wrong(function: str, arguments: list[str]) -> None:
    workspace = Workspace(GRID, {"m1": series([1, 2]), "m2": {}}, {"e": f"{function}({', '.join(arguments)})"})
    try:
        found = result(workspace, "e")
    except MathError:
        return
    assert all(isinstance(number, float) for number in found.values())
