"""What starts a model's monitor: the platform's own schedule, or SageMaker's where the team's file says so."""

from __future__ import annotations

from constructs import Construct

from core.config.model import Model
from infra.managed_monitors import ManagedMonitors
from infra.monitor_schedule import MonitorSchedule
from infra.network import NetworkIds
from infra.roles import Role
from infra.tenant import Tenant


def schedules(
    scope: Construct,
    tenant: Tenant,
    *,
    model: Model,
    network: NetworkIds,
    key_arn: str,
    roles: tuple[Role, Role],
    dead_letters_arn: str,
) -> None:
    """`roles`: the scheduler's and the monitor's. With the managed engine both stand in the template, of which one is
    there at any time: until the endpoint is in service, and SageMaker's can be, the own one watches."""
    scheduler, monitor = roles
    off = None
    if model.monitoring.engine == "managed":
        managed = f"{model.name}-managed-monitors"
        after = [monitor.resource]
        off = ManagedMonitors(scope, managed, tenant, model=model, network=network, key_arn=key_arn, after=after).off
    MonitorSchedule(
        scope,
        f"{model.name}-monitor",
        tenant,
        model=model,
        network=network,
        key_arn=key_arn,
        role=scheduler,
        dead_letters_arn=dead_letters_arn,
        when=off,
    )
