"""Alarms on a handler itself: what makes a remedy silent must not be silent."""

from __future__ import annotations

from constructs import Construct

from infra.part import Part
from infra.tenant import Tenant

FIVE_MINUTES_S = 300


class HandlerAlarms(Part):
    """Anything among the dead letters, any error, any throttle tells the team."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, name: str) -> None:
        super().__init__(scope, id, tenant)
        function = {"FunctionName": self.names.function(name)}
        dead = {"QueueName": self.names.dead_letters(name)}
        self._alarm("DeadLetters", "AWS/SQS", "ApproximateNumberOfMessagesVisible", dead, "Maximum", f"{name} gave up")
        self._alarm("Errors", "AWS/Lambda", "Errors", function, "Sum", f"{name} failed and will be retried")
        self._alarm("Throttles", "AWS/Lambda", "Throttles", function, "Sum", f"{name} was not let run")

    def _alarm(
        self, id: str, namespace: str, metric: str, dimensions: dict[str, str], statistic: str, description: str
    ) -> None:
        self.add(
            id,
            "AWS::CloudWatch::Alarm",
            {
                "AlarmDescription": f"{self.names.prefix}: {description}",
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                "Statistic": statistic,
                "Period": FIVE_MINUTES_S,
                "EvaluationPeriods": 1,
                "DatapointsToAlarm": 1,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "TreatMissingData": "notBreaching",
                "AlarmActions": [self.arns.of("sns", self.names.topic)],
            },
        )
