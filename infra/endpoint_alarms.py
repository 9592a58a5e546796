"""Alarms on an endpoint's answers: during a release they roll it back, at other times they tell the team."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from core.contracts.alarms import ERRORS, LATENCY
from core.names import VARIANT
from infra.part import Part
from infra.tenant import Tenant

WORST_ERROR_SHARE = 0.05
SLOWEST_US = 1_000_000
"""Ninety of a hundred answers come within a second."""


class EndpointAlarms(Part):
    """Two of three minutes: one bad minute is not a bad release. No traffic is no fault."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, model: str) -> None:
        super().__init__(scope, id, tenant)
        self._model = self.names.model(model)
        # The average of this metric is the share of failed requests (SageMaker guide, "Invocation metrics").
        errors = {"MetricName": "Invocation5XXErrors", "Statistic": "Average", "Threshold": WORST_ERROR_SHARE}
        self._alarm(ERRORS, "fails requests", errors)
        latency = {"MetricName": "ModelLatency", "ExtendedStatistic": "p90", "Threshold": SLOWEST_US}
        self._alarm(LATENCY, "answers too slowly", latency)

    def _alarm(self, kind: str, description: str, watched: dict[str, Any]) -> None:
        dimensions = {"EndpointName": self._model.endpoint, "VariantName": VARIANT}
        self.add(
            kind.capitalize(),
            "AWS::CloudWatch::Alarm",
            {
                "AlarmName": self._model.alarm(kind),
                "AlarmDescription": f"{self._model.endpoint} {description}",
                "Namespace": "AWS/SageMaker",
                **watched,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
                "Period": 60,
                "EvaluationPeriods": 3,
                "DatapointsToAlarm": 2,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
                "AlarmActions": [self.arns.of("sns", self.names.topic)],
            },
        )
