"""Which periods an alarm looks at, and what it says about them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from local.cloudwatch.definition import Definition, Refused, check
from local.cloudwatch.evaluation import Evaluation, evaluate, periods
from local.cloudwatch.metrics import Grid, MetricStat, Series

NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
HOUR = 3600
ALARM: dict[str, Any] = {
    "AlarmName": "drift",
    "Namespace": "Homeostat",
    "MetricName": "distribution_drift",
    "Statistic": "Maximum",
    "Period": HOUR,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}


def alarm(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in {**ALARM, **members}.items() if value is not None}


def evaluated(definition: dict[str, Any], now: float, points: dict[float, float]) -> Evaluation:
    def read(stat: MetricStat, grid: Grid) -> Series:
        found: dict[int, list[float]] = {}
        for at, value in points.items():
            if grid.start <= at < grid.end:
                found.setdefault(grid.bucket(at), []).append(value)
        return {start: max(values) for start, values in found.items()}

    return evaluate(Definition.of(definition), now, read)


def test_a_sliding_window_ends_with_the_last_whole_minute() -> None:
    grid = periods(Definition.of(alarm()), NOON + 61.5)
    assert (grid.end, grid.period) == (NOON + 60, HOUR)


def test_a_short_period_slides_by_itself() -> None:
    assert periods(Definition.of(alarm(Period=10)), NOON + 27).end == NOON + 20


@pytest.mark.parametrize(
    ("period", "end"),
    [(HOUR, NOON), (24 * HOUR, NOON - 12 * HOUR), (7 * 24 * HOUR, datetime(2026, 11, 16, tzinfo=UTC).timestamp())],
)
def test_a_wall_clock_window_holds_whole_periods_of_the_clock(period: int, end: float) -> None:
    definition = Definition.of(alarm(Period=period, EvaluationWindow={"WallClockWindow": {}}, EvaluationPeriods=2))
    grid = periods(definition, NOON + 1800)
    assert (grid.end, grid.count) == (end, 2)


def test_an_hourly_alarm_sees_a_data_point_for_as_long_as_it_is_the_newest_in_range() -> None:
    raised = [evaluated(alarm(), NOON + hours * HOUR, {NOON - 60: 2.0}).state for hours in (0, 1, 2, 2.99, 3)]
    assert raised == ["ALARM", "ALARM", "ALARM", "ALARM", "INSUFFICIENT_DATA"]


def test_a_good_data_point_calms_the_alarm_at_once() -> None:
    assert evaluated(alarm(), NOON + HOUR, {NOON - 60: 2.0, NOON + HOUR - 60: 0.1}).state == "OK"


def test_the_reason_names_the_values_and_the_threshold() -> None:
    assert evaluated(alarm(), NOON, {NOON - 60: 2.0}).reason == (
        "Threshold Crossed: 1 datapoint [2.0 (20/11/26 11:00:00)] was greater than or equal to the threshold (1.0)."
    )
    calm = evaluated(alarm(EvaluationPeriods=2), NOON, {NOON - 60: 0.5, NOON - HOUR - 60: 2.0})
    assert calm.reason == (
        "Threshold Crossed: 1 out of the last 2 datapoints [0.5 (20/11/26 11:00:00)] was not greater than or equal to "
        "the threshold (1.0)."
    )


def test_the_reason_tells_of_missing_data() -> None:
    assert evaluated(alarm(), NOON, {}).reason == "Insufficient Data: 1 datapoint was unknown."
    assert evaluated(alarm(TreatMissingData="breaching"), NOON, {}).reason == (
        "Threshold Crossed: no datapoints were received for 1 period and "
        "1 missing datapoint was treated as [Breaching]."
    )


def test_the_reason_data_is_what_cloudwatch_attaches() -> None:
    assert evaluated(alarm(), NOON, {NOON - 60: 2.0}).reason_data == {
        "version": "1.0",
        "queryDate": "2026-11-20T12:00:00.000+0000",
        "startDate": "2026-11-20T11:00:00.000+0000",
        "statistic": "Maximum",
        "period": HOUR,
        "recentDatapoints": [2.0],
        "threshold": 1.0,
        "evaluatedDatapoints": [{"timestamp": "2026-11-20T11:00:00.000+0000", "value": 2.0}],
    }


def expression_alarm(expression: str, **members: Any) -> dict[str, Any]:
    stat = {"Metric": {"Namespace": "Homeostat", "MetricName": "rows"}, "Period": HOUR, "Stat": "Sum"}
    queries = [
        {"Id": "rows", "MetricStat": stat, "ReturnData": False},
        {"Id": "watched", "Expression": expression},
    ]
    single = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    return alarm(Metrics=queries, **{**single, **members})


def test_an_expression_is_watched_like_a_metric() -> None:
    silent = expression_alarm("FILL(rows, 0)", ComparisonOperator="LessThanThreshold")
    check(silent)
    assert evaluated(silent, NOON, {NOON - 60: 500.0}).state == "OK"
    assert evaluated(silent, NOON + HOUR, {NOON - 60: 500.0}).state == "ALARM"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (alarm(MetricName=None), "Exactly one of MetricName and Metrics"),
        (alarm(Threshold=None), "Threshold is required"),
        (alarm(Statistic=None), "one of Statistic and ExtendedStatistic"),
        (alarm(Period=90), "multiple of 60, found 90"),
        (alarm(EvaluationPeriods=2, DatapointsToAlarm=3), "must not be greater than EvaluationPeriods"),
        (alarm(ComparisonOperator="LessThanLowerThreshold"), "ComparisonOperator must be one of"),
        (alarm(TreatMissingData="breach"), "TreatMissingData must be one of"),
        (alarm(Statistic=None, ExtendedStatistic="tm99"), "'tm99' is not modelled"),
        (alarm(ThresholdMetricId="band"), "ThresholdMetricId is not modelled"),
        (alarm(EvaluateLowSampleCountPercentile="ignore"), "must be evaluate"),
        (alarm(EvaluationWindow={"WallClockWindow": {"Timezone": "Europe/Zurich"}}), "'Europe/Zurich' is not modelled"),
        (expression_alarm("rows + labels"), "unknown labels"),
        (expression_alarm("SEARCH('x', 'Sum')"), "unknown SEARCH"),
        (expression_alarm("rows +"), "cannot be parsed"),
        (expression_alarm("rows", Period=60), "Period must not be set when Metrics is set"),
    ],
)
def test_a_wrong_alarm_is_refused_with_what_is_wrong(request_: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        check(request_)
