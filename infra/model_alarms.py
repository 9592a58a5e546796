"""What makes a model's monitor heard: one alarm for each kind of trouble, on the metrics that it publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from core.config.team import Model
from core.contracts.metrics import ATTRIBUTION_DRIFT, DRIFT, QUALITY_DROP, ROWS, VIOLATIONS, Metric
from core.names import ModelNames
from infra.part import Part
from infra.tenant import Tenant

LONGEST_EVALUATION_S = 7 * 24 * 3600
"""CloudWatch looks back at most a week (PutMetricAlarm, EvaluationPeriods)."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kind of trouble, and when it is one. `missing` is what no datapoint means."""

    kind: str
    metric: Metric
    statistic: str
    comparison: str
    missing: str
    description: str


AT_LEAST, BELOW = "GreaterThanOrEqualToThreshold", "LessThanThreshold"
TROUBLES = (
    Trouble("data-quality", VIOLATIONS, "Maximum", AT_LEAST, "ignore", "violates the constraints of its baseline"),
    Trouble("drift", DRIFT, "Maximum", AT_LEAST, "ignore", "sees other data than it was trained on"),
    Trouble("attribution-drift", ATTRIBUTION_DRIFT, "Maximum", AT_LEAST, "ignore", "decides for other reasons"),
    Trouble("quality", QUALITY_DROP, "Maximum", AT_LEAST, "ignore", "answers worse than at its release"),
    Trouble("silence", ROWS, "SampleCount", BELOW, "breaching", "is not watched: its monitor says nothing"),
)
"""Every metric is scaled so that 1 is the limit. No datapoint proves nothing about drift, so the state stays; about
the monitor it proves that it is silent."""


def model_alarm_arns(tenant: Tenant) -> list[str]:
    """Alarms that remediation answers, of all models."""
    models = [tenant.names.model(model.name) for model in tenant.team.models]
    return [tenant.arns.of("cloudwatch", f"alarm:{model.alarm(t.kind)}") for model in models for t in TROUBLES]


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
        for trouble in TROUBLES:
            self.add(
                "".join(part.capitalize() for part in trouble.kind.split("-")),
                "AWS::CloudWatch::Alarm",
                {
                    "AlarmName": names.alarm(trouble.kind),
                    "AlarmDescription": f"{names.endpoint} {trouble.description}",
                    **metric_of(trouble.metric, names),
                    "Statistic": trouble.statistic,
                    "Period": watch.period_s,
                    "EvaluationPeriods": watch.alarm_periods,
                    "DatapointsToAlarm": watch.alarm_datapoints,
                    "Threshold": 1,
                    "ComparisonOperator": trouble.comparison,
                    "TreatMissingData": trouble.missing,
                },
            )


def metric_of(metric: Metric, names: ModelNames) -> dict[str, Any]:
    """A metric of the monitor as an alarm names it."""
    values = {"Endpoint": names.endpoint, "MonitoringSchedule": names.monitor}
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": values[name]} for name in metric.dimensions],
    }
