"""What makes batch scoring heard: drift in a batch as drift of the endpoint, and batches that did not come about."""

from __future__ import annotations

from constructs import Construct

from core.config.model import Model
from core.contracts.alarms import BATCH_FAILURES as FAILURES
from core.contracts.alarms import BATCH_IDLE as IDLE
from core.contracts.alarms import batch_troubles, of_batch
from core.contracts.batch_metrics import BATCH_FAILURES, BATCH_IDLE
from core.contracts.batch_metrics import of_batch as told_of_batch
from infra.model_alarms import HEARD_BY_RULE, WATCHES
from infra.part import Part
from infra.team_alarm import Limit, tell_team
from infra.tenant import Tenant


class BatchAlarms(Part):
    """Those of drift call no person: EventBridge hands them to remediation. The others tell the team."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, model: Model) -> None:
        super().__init__(scope, id, tenant)
        assert model.batch is not None
        self._model, self._of = model, self.names.model(model.name)
        self._period_s = model.batch.every_hours * 3600
        for trouble in batch_troubles(sensitive=bool(model.sensitive)):
            watched = WATCHES[trouble]
            metric = told_of_batch(watched.metric)
            self.add(
                trouble.capitalize(),
                "AWS::CloudWatch::Alarm",
                {
                    "AlarmName": self._of.alarm(of_batch(trouble)),
                    "AlarmDescription": f"{self._of.batch} {watched.description}",
                    "Namespace": metric.namespace,
                    "MetricName": metric.name,
                    "Dimensions": [{"Name": name, "Value": self._of.batch} for name in metric.dimensions],
                    "Statistic": watched.statistic,
                    "Period": self._period_s,
                    "EvaluationPeriods": model.monitoring.alarm_periods,
                    "DatapointsToAlarm": model.monitoring.alarm_datapoints,
                    "Threshold": 1,
                    "ComparisonOperator": watched.comparison,
                    "TreatMissingData": watched.missing,
                },
                acknowledges={"NIST.800.53.R5-CloudWatchAlarmAction": HEARD_BY_RULE},
            )
        self._told()

    def _told(self) -> None:
        """Looks back one period, so that a batch that fails again and again is told of once."""
        watched = (
            ("Failures", FAILURES, BATCH_FAILURES, f"a transform job of {self._of.batch} failed; the job says why"),
            ("Idle", IDLE, BATCH_IDLE, f"{self._of.batch} found no rows to score"),
        )
        for id, kind, metric, description in watched:
            tell_team(
                self,
                id,
                name=self._of.alarm(kind),
                description=description,
                metric=metric,
                values={"MonitoringSchedule": self._of.batch},
                limit=Limit(1, period_s=self._period_s),
            )
