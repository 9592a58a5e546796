"""An alarm on runs of a monitor that failed: that it says nothing is noticed only after some windows."""

from __future__ import annotations

from constructs import Construct

from core.config.model import Model
from core.contracts.alarms import FAILURES
from core.contracts.metrics import MONITOR_FAILURES
from infra.part import Part
from infra.team_alarm import Limit, tell_team
from infra.tenant import Tenant


class MonitorAlarm(Part):
    """Looks back one window, so that a monitor that fails again and again is told of once."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, model: Model) -> None:
        super().__init__(scope, id, tenant)
        names = self.names.model(model.name)
        tell_team(
            self,
            "Failures",
            name=names.alarm(FAILURES),
            description=f"a run of {names.monitor} failed; its processing job says why",
            metric=MONITOR_FAILURES,
            values={"Endpoint": names.endpoint, "MonitoringSchedule": names.monitor},
            limit=Limit(1, period_s=model.monitoring.period_hours * 3600),
        )
