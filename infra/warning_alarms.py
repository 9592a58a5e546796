"""What tells the team that trouble is near, while there is time: remediation hears of the limit alone."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from core.config.model import Model
from core.contracts.alarms import NEARING, of_batch, warning
from infra.batch_alarms import metric_of_batch
from infra.model_alarms import WATCHES, alarm_on, metric_of, troubles
from infra.part import Part
from infra.tenant import Tenant


class WarningAlarms(Part):
    """Of the endpoint and of batches, where the file says at what to warn; over the windows of the alarm proper."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, model: Model, warn_at: float) -> None:
        super().__init__(scope, id, tenant)
        self._of = self.names.model(model.name)
        self._warn_at = warn_at
        policy = model.policy(self._of, run_cost_usd=0)
        for trouble in (trouble for trouble in troubles(model) if trouble in NEARING):
            metric = metric_of(WATCHES[trouble].metric, self._of)
            own = alarm_on(trouble, metric, policy.watch, "", self._of.endpoint, policy.watch.period_s)
            self._warn(trouble, own)
            if policy.batch is not None:
                metric = metric_of_batch(trouble, self._of)
                own = alarm_on(trouble, metric, policy.watch, "", self._of.batch, policy.batch.every_s)
                self._warn(of_batch(trouble), own)

    def _warn(self, kind: str, alarm: dict[str, Any]) -> None:
        told = {
            "AlarmName": self._of.alarm(warning(kind)),
            "AlarmDescription": f"warning: {alarm['AlarmDescription']}, by {self._warn_at:.0%} of what is allowed",
            "Threshold": self._warn_at,
            "AlarmActions": [self.arns.of("sns", self.names.topic)],
        }
        self.add(kind.capitalize(), "AWS::CloudWatch::Alarm", {**alarm, **told})


def warnings(model: Model) -> list[str]:
    """Kinds of the model's alarms that warn."""
    if model.monitoring.warn_at is None:
        return []
    near = [trouble for trouble in troubles(model) if trouble in NEARING]
    return [warning(kind) for kind in (*near, *(map(of_batch, near) if model.batch else ()))]
