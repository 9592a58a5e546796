"""The team's dashboard: what somebody who was away looks at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from constructs import Construct

from core.contracts.aws_metrics import (
    FAILED_REQUESTS,
    FUNCTION_ERRORS,
    FUNCTION_THROTTLES,
    INVOCATIONS,
    INVOCATIONS_PER_INSTANCE,
    LATENCY,
    QUEUED,
    RUNS_FAILED,
    RUNS_SUCCEEDED,
)
from core.contracts.metrics import (
    ATTRIBUTION_DRIFT,
    DRIFT,
    FROZEN,
    QUALITY_DROP,
    QUOTA_LIMIT,
    QUOTA_USED,
    QUOTA_USED_PERCENT,
    QUOTA_WANTED,
    ROWS,
    SPEND,
    Metric,
)
from core.names import VARIANT, ModelNames
from infra import widgets
from infra.alarm_kinds import alarm_kinds
from infra.budget import budget_alarm
from infra.endpoint_alarms import SLOWEST_US
from infra.handler_alarms import dead_letter_alarm, function_alarms
from infra.notifications import NAME as NOTIFICATIONS
from infra.part import Part
from infra.quotas import NEAR_PERCENT, quota_alarm, watched_quotas
from infra.tenant import Tenant
from infra.widgets import ORANGE, Line, Mark, Widget

REMEDY = ("remediate", "promote", "settle")
"""The functions whose logs tell what became of an episode."""
NEWEST = (DRIFT, ATTRIBUTION_DRIFT, QUALITY_DROP, ROWS)
"""What is told of each model's newest window."""
DAY_S, HOUR_S, FIVE_MINUTES_S, MINUTE_S = 24 * 3600, 3600, 300, 60
EPISODES = (
    "filter ispresent(episode) or ispresent(outcome) | fields @timestamp, model, event, outcome, why "
    "| filter ispresent(model) | sort @timestamp desc | limit 50"
)
STANDINGS = (
    "filter event = 'quota' | stats latest(state) as State, latest(has) as Limit, latest(wanted) as Wanted, "
    "latest(used) as Used, latest(case_id) as Case, latest(why) as Why by quota"
)
"""States and case numbers are words, which no metric can carry: each look leaves them in the log."""


class TeamDashboard(Part):
    """Alarms, requests, monitors, runs and episodes of all models; functions and queues; budget and quotas.

    Of as many models as there are: what one widget cannot show stands in several. `functions` are all of the stack's.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, functions: Sequence[str]) -> None:
        super().__init__(scope, id, tenant)
        self._models = [self.names.model(model.name) for model in tenant.team.models]
        self._functions, self._queues = functions, [*functions, NOTIFICATIONS]
        widgets.dashboard(
            self, self.names.dashboard, [*self._states(), *self._of_models(), *self._platform(), *self._account()]
        )

    def _states(self) -> Iterator[Widget]:
        known = ", ".join(names.model for names in self._models) or "none yet"
        yield widgets.text(
            f"# {self.names.prefix}\nModels: {known}. Each has a dashboard of its own, named after its endpoint."
        )
        kinds = {model.name: alarm_kinds(model) for model in self.tenant.team.models}
        for title in dict.fromkeys(title for each in kinds.values() for title in each):
            of_models = [names.alarm(kind) for names in self._models for kind in kinds[names.model][title]]
            yield from widgets.alarm_states(title, self._arns(of_models))
        platform = [dead_letter_alarm(self.names, name) for name in self._queues]
        platform += [alarm for name in self._functions for alarm in function_alarms(self.names, name)]
        quotas = [quota_alarm(self.tenant, name) for name in watched_quotas(self.tenant).wanted]
        yield from widgets.alarm_states("Platform", self._arns([budget_alarm(self.tenant), *platform, *quotas]))

    def _of_models(self) -> Iterator[Widget]:
        if not self._models:
            return
        yield from self._graphs("Requests", self._endpoints(INVOCATIONS), "Sum", FIVE_MINUTES_S)
        yield from self._graphs("Failed requests", self._endpoints(FAILED_REQUESTS), "Sum", FIVE_MINUTES_S)
        slow = [Mark(SLOWEST_US, "rolls a release back")]
        yield from self._graphs("Latency (90 of 100)", self._endpoints(LATENCY), "p90", FIVE_MINUTES_S, slow)
        yield from self._graphs(
            "Instances, while there are requests", list(self._instances()), "Sum", FIVE_MINUTES_S, together=3
        )
        newest = [
            widgets.line(metric, _monitor(names), label=f"{names.model}: {metric.name}")
            for names in self._models
            for metric in NEWEST
        ]
        longest = max(model.monitoring.period_hours for model in self.tenant.team.models)
        title = "The monitors' newest window: drift and loss of quality (1 is the limit), rows"
        yield from self._graphs(
            title, newest, "Maximum", longest * HOUR_S, together=len(NEWEST), view="singleValue", width=24
        )
        runs = [
            widgets.line(metric, {"PipelineName": names.pipeline}, label=f"{names.model}: {metric.name}")
            for names in self._models
            for metric in (RUNS_SUCCEEDED, RUNS_FAILED)
        ]
        yield from self._graphs("Training runs", runs, "Sum", HOUR_S, together=2, width=24)
        groups = [f"/aws/lambda/{self.names.function(name)}" for name in REMEDY]
        yield widgets.log_table("Episodes and what became of them", groups, EPISODES, region=self.tenant.region)

    def _platform(self) -> Iterator[Widget]:
        queues = [widgets.line(QUEUED, {"QueueName": self.names.dead_letters(name)}) for name in self._queues]
        yield from self._graphs("Dead letters", queues, "Maximum", FIVE_MINUTES_S)
        lines = [
            widgets.line(metric, {"FunctionName": self.names.function(name)})
            for name in self._functions
            for metric in (FUNCTION_ERRORS, FUNCTION_THROTTLES)
        ]
        yield from self._graphs("Errors and throttles of functions", lines, "Sum", FIVE_MINUTES_S, together=2)

    def _account(self) -> Iterator[Widget]:
        team, environment = self.tenant.team, {"Environment": self.names.prefix}
        freezes = team.monthly_budget_usd * team.freeze_at_percent / 100
        marks = [Mark(team.monthly_budget_usd, "budget"), Mark(freezes, "no retraining from here on", ORANGE)]
        yield from self._graphs("This month's costs, USD", [widgets.line(SPEND, environment)], "Maximum", HOUR_S, marks)
        frozen = [widgets.line(FROZEN, environment, label="1: no retraining is started")]
        yield from self._graphs("Freeze", frozen, "Maximum", HOUR_S, view="singleValue")
        if not (quotas := list(watched_quotas(self.tenant).wanted)):
            return
        near = [Mark(NEAR_PERCENT, "tells the team", ORANGE), Mark(100, "no more instances")]
        yield from self._graphs("Quotas: used, %", self._of_quotas(quotas, QUOTA_USED_PERCENT), "Maximum", HOUR_S, near)
        levels = self._of_quotas(quotas, QUOTA_LIMIT, QUOTA_WANTED, QUOTA_USED)
        yield from self._graphs("Quotas: limit, wanted, used", levels, "Maximum", HOUR_S, together=3)
        groups = [f"/aws/lambda/{self.names.function('govern')}"]
        yield widgets.log_table("Quotas and requests for them", groups, STANDINGS, region=self.tenant.region)

    def _graphs(
        self,
        title: str,
        lines: list[Line],
        statistic: str,
        period_s: int,
        marks: Sequence[Mark] = (),
        *,
        together: int = 1,
        view: str = "timeSeries",
        width: int = 12,
    ) -> list[Widget]:
        place = {"region": self.tenant.region, "marks": marks, "view": view, "width": width}
        return widgets.graphs(title, lines, together=together, statistic=statistic, period_s=period_s, **place)

    def _endpoints(self, metric: Metric) -> list[Line]:
        return [widgets.line(metric, _variant(names), label=names.model) for names in self._models]

    def _instances(self) -> Iterator[Line]:
        """The requests of all instances over those of each: AWS publishes no count of its own."""
        for number, names in enumerate(self._models):
            hidden = {"visible": False}
            yield widgets.line(INVOCATIONS, _variant(names), id=f"all{number}", **hidden)
            yield widgets.line(INVOCATIONS_PER_INSTANCE, _variant(names), id=f"each{number}", **hidden)
            yield widgets.calculated(f"all{number} / each{number}", names.model, f"instances{number}")

    def _of_quotas(self, quotas: list[str], *metrics: Metric) -> list[Line]:
        values = [{"Environment": self.names.prefix, "Quota": quota} for quota in quotas]
        return [
            widgets.line(metric, each, label=f"{each['Quota']}: {metric.name}") for each in values for metric in metrics
        ]

    def _arns(self, alarms: Sequence[str]) -> list[str]:
        return [self.arns.of("cloudwatch", f"alarm:{name}") for name in alarms]


def _monitor(names: ModelNames) -> dict[str, str]:
    return {"Endpoint": names.endpoint, "MonitoringSchedule": names.monitor}


def _variant(names: ModelNames) -> dict[str, str]:
    return {"EndpointName": names.endpoint, "VariantName": VARIANT}
