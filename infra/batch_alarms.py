"""What makes batch scoring heard: drift in a batch as drift of the endpoint, and batches that did not come about."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from core.config.model import Model
from core.contracts.alarms import BATCH_FAILURES as FAILURES
from core.contracts.alarms import BATCH_IDLE as IDLE
from core.contracts.alarms import SILENCE, Trouble, of_batch
from core.contracts.batch_metrics import BATCH_FAILURES, BATCH_IDLE
from core.contracts.batch_metrics import of_batch as told_of_batch
from core.names import ModelNames
from infra.model_alarms import HEARD_BY_RULE, WATCHES, alarm_on, troubles
from infra.part import Part
from infra.team_alarm import Limit, tell_team
from infra.tenant import Tenant


class BatchAlarms(Part):
    """Those of drift call no person: EventBridge hands them to remediation. The others tell the team."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, model: Model) -> None:
        super().__init__(scope, id, tenant)
        self._of = self.names.model(model.name)
        policy = model.policy(self._of, run_cost_usd=0)
        batch = policy.batch
        assert batch is not None
        self._batch, self._period_s = batch, batch.every_s
        for trouble in (trouble for trouble in troubles(model) if trouble != SILENCE):
            metric, name = metric_of_batch(trouble, self._of), self._of.alarm(of_batch(trouble))
            self.add(
                trouble.capitalize(),
                "AWS::CloudWatch::Alarm",
                alarm_on(trouble, metric, policy.watch, name, self._of.batch, self._period_s),
                acknowledges={"NIST.800.53.R5-CloudWatchAlarmAction": HEARD_BY_RULE},
            )
        self._silence()
        self._told()

    def _silence(self) -> None:
        """Standing silence: as many due times as may be under way and one more, for none of which anything was scored
        and watched, or found to be idle. A single one between others is told by `lambdas/batch`.

        Where data points are missing, CloudWatch takes older ones into account, of a day each: it would be silent for
        days more. So what is missing is a zero, and only a metric that never was is missing.
        """
        periods, metric = self._batch.silent_periods, metric_of_batch(SILENCE, self._of)
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
        failed = f"a batch of {self._of.batch} failed, or did not come about; the log of lambdas/batch says why"
        watched = (
            ("Failures", FAILURES, BATCH_FAILURES, failed),
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


def metric_of_batch(trouble: Trouble, names: ModelNames) -> dict[str, Any]:
    """What a batch's monitor publishes of a trouble, as an alarm names it."""
    metric = told_of_batch(WATCHES[trouble].metric)
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": names.batch} for name in metric.dimensions],
    }
