"""An alarm that tells the team: one threshold on one metric, with the team's topic as its action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.contracts.metrics import Metric
from infra.part import Part

FIVE_MINUTES_S = 300


@dataclass(frozen=True, slots=True)
class Limit:
    """At this value and above the team is told. No data is no trouble: what publishes the metric is watched itself."""

    threshold: float
    statistic: str = "Sum"
    period_s: int = FIVE_MINUTES_S


def tell_team(
    part: Part, id: str, *, name: str, description: str, metric: Metric, values: Mapping[str, str], limit: Limit
) -> None:
    """`values` are those of the metric's dimensions."""
    properties: dict[str, Any] = {
        "AlarmName": name,
        "AlarmDescription": f"{part.names.prefix}: {description}",
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": dimension, "Value": values[dimension]} for dimension in metric.dimensions],
        "Statistic": limit.statistic,
        "Period": limit.period_s,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": limit.threshold,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [part.arns.of("sns", part.names.topic)],
    }
    part.add(id, "AWS::CloudWatch::Alarm", properties)
