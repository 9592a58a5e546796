"""What makes batch scoring heard: drift in a batch as drift of the endpoint, and batches that did not come about."""

from __future__ import annotations

from constructs import Construct

from core.config.model import Model
from core.contracts.alarms import BATCH_FAILURES as FAILURES
from core.contracts.alarms import BATCH_IDLE as IDLE
from core.contracts.alarms import SILENCE, of_batch
from core.contracts.batch_metrics import BATCH_FAILURES, BATCH_IDLE
from core.contracts.batch_metrics import of_batch as told_of_batch
from core.contracts.metrics import ROWS
from infra.model_alarms import HEARD_BY_RULE, WATCHES, troubles
from infra.part import Part
from infra.team_alarm import Limit, tell_team
from infra.tenant import Tenant


class BatchAlarms(Part):
    """Those of drift call no person: EventBridge hands them to remediation. The others tell the team."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, model: Model) -> None:
        super().__init__(scope, id, tenant)
        self._of = self.names.model(model.name)
        batch = model.policy(self._of, run_cost_usd=0).batch
        assert batch is not None
        self._batch, self._period_s = batch, batch.every_s
        for trouble in (trouble for trouble in troubles(model) if trouble != SILENCE):
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
        self._silence()
        self._told()

    def _silence(self) -> None:
        """One due time for which nothing was scored, watched or found to be idle.

        Where data points are missing, CloudWatch takes older ones into account, of a day each: it would be silent for
        days more. So what is missing is a zero, and only a metric that never was is missing.
        """
        periods, rows = self._batch.silent_periods, told_of_batch(ROWS)
        metric = {
            "Namespace": rows.namespace,
            "MetricName": rows.name,
            "Dimensions": [{"Name": name, "Value": self._of.batch} for name in rows.dimensions],
        }
        watched = {"Metric": metric, "Period": self._period_s, "Stat": WATCHES[SILENCE].statistic}
        self.add(
            SILENCE.capitalize(),
            "AWS::CloudWatch::Alarm",
            {
                "AlarmName": self._of.alarm(of_batch(SILENCE)),
                "AlarmDescription": f"{self._of.batch} was due, and nothing was scored and watched",
                "Metrics": [
                    {"Id": "watched", "MetricStat": watched, "ReturnData": False},
                    {"Id": "signs", "Expression": "FILL(watched, 0)", "Label": "runs", "ReturnData": True},
                ],
                "EvaluationPeriods": periods,
                "DatapointsToAlarm": periods,
                "Threshold": 1,
                "ComparisonOperator": WATCHES[SILENCE].comparison,
                "TreatMissingData": WATCHES[SILENCE].missing,
            },
            acknowledges={"NIST.800.53.R5-CloudWatchAlarmAction": HEARD_BY_RULE},
        )

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
