"""What a metric alarm watches and when it fires, read from the record that PutMetricAlarm left."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.cloudwatch import expression
from local.cloudwatch.math_functions import FUNCTIONS
from local.cloudwatch.metrics import STATISTIC, MetricStat, pairs
from local.cloudwatch.missing_data import Treatment

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}

SINGLE = ("Namespace", "MetricName", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")
"""Members of an alarm on one metric; an alarm on an expression has them in `Metrics`."""

UNMODELLED = ("EvaluationCriteria", "EvaluationInterval", "ThresholdMetricId", "WarmUpConfiguration")


class Refused(ValueError):
    """PutMetricAlarm answers with a ValidationError; the message is its text."""


@dataclass(frozen=True, slots=True)
class Definition:
    """`watched` is the id, in `metrics` or `expressions`, whose series is compared with the threshold."""

    metrics: Mapping[str, MetricStat]
    expressions: Mapping[str, str]
    watched: str
    period: int
    evaluation_periods: int
    datapoints_to_alarm: int
    comparison: str
    threshold: float
    treat: Treatment
    wall_clock: bool

    @classmethod
    def of(cls, alarm: Mapping[str, Any]) -> Definition:
        """From an alarm's record or a PutMetricAlarm request; raises Refused."""
        queries = alarm.get("Metrics") or [{"Id": "m1", "MetricStat": _single(alarm), "ReturnData": True}]
        metrics = {query["Id"]: _stat(query["MetricStat"]) for query in queries if query.get("MetricStat")}
        evaluation_periods = int(alarm["EvaluationPeriods"])
        if alarm["ComparisonOperator"] not in COMPARISONS:
            raise Refused(f"ComparisonOperator must be one of {', '.join(COMPARISONS)}")
        return cls(
            metrics=metrics,
            expressions={query["Id"]: query["Expression"] for query in queries if query.get("Expression")},
            watched=_watched(queries),
            period=_period(metrics),
            evaluation_periods=evaluation_periods,
            datapoints_to_alarm=int(alarm.get("DatapointsToAlarm") or evaluation_periods),
            comparison=alarm["ComparisonOperator"],
            threshold=float(alarm["Threshold"]),
            treat=alarm.get("TreatMissingData") or "missing",
            wall_clock="WallClockWindow" in (alarm.get("EvaluationWindow") or {}),
        )


def check(request: Mapping[str, Any]) -> None:
    """Raise Refused for a PutMetricAlarm request that CloudWatch, or this model of it, does not take."""
    for member in UNMODELLED:
        if request.get(member) is not None:
            raise Refused(f"{member} is not modelled by the embedded AWS")
    if (request.get("MetricName") is None) == (not request.get("Metrics")):
        raise Refused("Exactly one of MetricName and Metrics must be set")
    if request.get("Metrics") and (both := [name for name in SINGLE if request.get(name)]):
        raise Refused(f"{', '.join(both)} must not be set when Metrics is set")
    for member in ("EvaluationPeriods", "ComparisonOperator", "Threshold"):
        if request.get(member) is None:
            raise Refused(f"The parameter {member} is required")
    if request.get("TreatMissingData", "missing") not in ("missing", "ignore", "breaching", "notBreaching"):
        raise Refused("TreatMissingData must be one of missing, ignore, breaching, notBreaching")
    if request.get("EvaluateLowSampleCountPercentile", "evaluate") != "evaluate":
        raise Refused("EvaluateLowSampleCountPercentile must be evaluate: ignore is not modelled by the embedded AWS")
    if (zone := _timezone(request)) not in ("UTC", None):
        raise Refused(f"a wall clock window in the time zone {zone!r} is not modelled by the embedded AWS, UTC is")
    definition = Definition.of(request)
    if definition.datapoints_to_alarm > definition.evaluation_periods:
        raise Refused("DatapointsToAlarm must not be greater than EvaluationPeriods")
    _check_expressions(definition)


def _check_expressions(definition: Definition) -> None:
    known = {*definition.metrics, *definition.expressions}
    for name, text in definition.expressions.items():
        try:
            unknown = set(expression.names(text)) - known
            strange = set(expression.functions(text)) - FUNCTIONS.keys() - {"METRICS"}
        except expression.MathError as error:
            raise Refused(f"Error in expression {name!r}: {error}") from None
        if unknown or strange:
            raise Refused(f"Error in expression {name!r}: unknown {', '.join(sorted(unknown | strange))}")


def _single(alarm: Mapping[str, Any]) -> dict[str, Any]:
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
    if not alarm.get("Namespace") or not alarm.get("Period") or not statistic:
        raise Refused("Namespace, Period and one of Statistic and ExtendedStatistic are required with MetricName")
    metric = {name: alarm.get(name) for name in ("Namespace", "MetricName", "Dimensions")}
    return {"Metric": metric, "Period": alarm["Period"], "Stat": statistic, "Unit": alarm.get("Unit")}


def _stat(stat: Mapping[str, Any]) -> MetricStat:
    if not STATISTIC.fullmatch(stat["Stat"]):
        raise Refused(f"the statistic {stat['Stat']!r} is not modelled by the embedded AWS")
    if len(pairs(stat["Metric"].get("Dimensions"))) > 30:
        raise Refused("A metric has at most 30 dimensions")
    return MetricStat.of(stat)


def _watched(queries: list[Mapping[str, Any]]) -> str:
    returned = [query["Id"] for query in queries if query.get("ReturnData", True)]
    if len(returned) != 1:
        raise Refused(f"Exactly one element of the metrics list should return data, found {len(returned)}")
    return str(returned[0])


def _period(metrics: Mapping[str, MetricStat]) -> int:
    periods = {stat.period for stat in metrics.values()}
    if len(periods) != 1:
        raise Refused(f"Metrics list must contain metrics of one period, found {sorted(periods)}")
    period = periods.pop()
    if period not in (10, 20, 30) and (period < 60 or period % 60):
        raise Refused(f"Period must be 10, 20, 30 or a multiple of 60, found {period}")
    return period


def _timezone(request: Mapping[str, Any]) -> str | None:
    window = request.get("EvaluationWindow") or {}
    zone: str | None = (window.get("WallClockWindow") or {}).get("Timezone")
    return zone
