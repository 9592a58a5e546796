"""What makes a model's monitor heard: one alarm for each kind of trouble, on the metrics that it publishes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from core.config.model import Model
from core.contracts import alarms
from core.contracts.metrics import (
    ATTRIBUTION_DRIFT,
    BIAS_DRIFT,
    DRIFT,
    ESTIMATED_DROP,
    QUALITY_DROP,
    ROWS,
    VIOLATIONS,
    Metric,
)
from core.contracts.policy import WatchPolicy
from core.names import ModelNames
from infra.part import Part
from infra.tenant import Tenant

LONGEST_EVALUATION_S = 7 * 24 * 3600
"""CloudWatch looks back at most a week (PutMetricAlarm, EvaluationPeriods)."""


@dataclass(frozen=True, slots=True)
class Watch:
    """When a kind of trouble is one. `missing` is what no datapoint means."""

    metric: Metric
    description: str
    statistic: str = "Maximum"
    comparison: str = "GreaterThanOrEqualToThreshold"
    missing: str = "ignore"


WATCHES: dict[alarms.Trouble, Watch] = {
    alarms.DATA: Watch(VIOLATIONS, "violates the constraints of its baseline"),
    alarms.DRIFT: Watch(DRIFT, "sees other data than it was trained on"),
    alarms.ATTRIBUTION: Watch(ATTRIBUTION_DRIFT, "decides for other reasons than at its release"),
    alarms.QUALITY: Watch(QUALITY_DROP, "answers worse than at its release"),
    alarms.ESTIMATE: Watch(ESTIMATED_DROP, "is estimated, without labels, to answer worse than at its release"),
    alarms.BIAS: Watch(BIAS_DRIFT, "treats a group worse than at its release"),
    alarms.SILENCE: Watch(
        ROWS, "is not watched: its monitor says nothing", "SampleCount", "LessThanThreshold", "breaching"
    ),
}
"""Every metric is scaled so that 1 is the limit. No datapoint proves nothing about drift, so the state stays; about
the monitor it proves that it is silent."""


HEARD_BY_RULE = (
    "A rule of EventBridge hands exactly this alarm to remediation, which decides who needs to know (the guard's CW-01 "
    "follows that wire). An action as well would tell people twice, and of what a machine can decide."
)


def troubles(model: Model) -> tuple[alarms.Trouble, ...]:
    """What this model has alarms for."""
    return alarms.troubles(sensitive=model.shows_bias, estimated=model.monitoring.estimate_alarm)


def _of_batches(model: Model) -> list[str]:
    return [alarms.of_batch(trouble) for trouble in troubles(model)] if model.batch else []


def alarm_arns(tenant: Tenant, models: Iterable[Model]) -> list[str]:
    """The alarms that remediation answers."""
    kinds = [(model, kind) for model in models for kind in (*troubles(model), *_of_batches(model))]
    names = [tenant.names.model(model.name).alarm(kind) for model, kind in kinds]
    return [tenant.arns.of("cloudwatch", f"alarm:{name}") for name in names]


class ModelAlarms(Part):
    """No action calls a person: EventBridge hands these alarms to remediation, which decides who needs to know."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, model: Model) -> None:
        super().__init__(scope, id, tenant)
        names = self.names.model(model.name)
        watch = model.policy(names, run_cost_usd=0).watch
        if watch.period_s * watch.alarm_periods > LONGEST_EVALUATION_S:
            hours, most = watch.period_s // 3600, LONGEST_EVALUATION_S // watch.period_s
            raise ValueError(
                f"monitoring.alarm_periods of {names.endpoint} is {watch.alarm_periods}; with windows of {hours} h "
                f"CloudWatch accepts at most {most}, because an alarm looks back a week at most"
            )
        for kind in troubles(model):
            watched = metric_of(WATCHES[kind].metric, names)
            self.add(
                kind.capitalize(),
                "AWS::CloudWatch::Alarm",
                alarm_on(kind, watched, watch, names.alarm(kind), names.endpoint, watch.period_s),
                acknowledges={"NIST.800.53.R5-CloudWatchAlarmAction": HEARD_BY_RULE},
            )


def alarm_on(
    trouble: alarms.Trouble, metric: dict[str, Any], watch: WatchPolicy, name: str, subject: str, period_s: int
) -> dict[str, Any]:
    """Properties of the alarm on one trouble of `subject`; `metric` is as `metric_of` tells it."""
    watched = WATCHES[trouble]
    return {
        "AlarmName": name,
        "AlarmDescription": f"{subject} {watched.description}",
        **metric,
        "Statistic": watched.statistic,
        "Period": period_s,
        "EvaluationPeriods": watch.alarm_periods,
        "DatapointsToAlarm": watch.alarm_datapoints,
        "Threshold": 1,
        "ComparisonOperator": watched.comparison,
        "TreatMissingData": watched.missing,
    }


def metric_of(metric: Metric, names: ModelNames) -> dict[str, Any]:
    """A metric of the monitor as an alarm names it."""
    values = {"Endpoint": names.endpoint, "MonitoringSchedule": names.monitor}
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": values[name]} for name in metric.dimensions],
    }
