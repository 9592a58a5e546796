"""What starts a model's monitor: the platform's own schedule, or SageMaker's where the team's file says so."""

from __future__ import annotations

from functools import partial

from constructs import Construct

from core.config.model import Model
from core.contracts.managed import STANDS
from infra.managed_monitors import ManagedMonitors
from infra.monitor_schedule import MonitorSchedule
from infra.network import NetworkIds
from infra.part import Part
from infra.roles import Role
from infra.template import logical_id
from infra.tenant import Tenant


def parameter(model: str) -> str:
    """Of the stack: whether the endpoint stands. Of each model another one, also of `m1` and `m-1`.

    >>> parameter("credit-risk")
    'creditriskStands7D5CC349'
    """
    return logical_id((model, "Stands"))


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
    there at any time: SageMaker's where the endpoint stands, without which it refuses them, and else the own one.
    (Batches need none: SageMaker's schedules look at them from the first deployment on.)"""
    scheduler, monitor = roles
    off = None
    if model.monitoring.engine == "managed":
        on, off = _stands(Part(scope, f"{model.name}.engine", tenant), model)
        made = partial(
            ManagedMonitors, tenant=tenant, model=model, network=network, key_arn=key_arn, after=[monitor.resource]
        )
        made(scope, f"{model.name}.managed-monitors", when=on)
        if model.batch is not None:
            made(scope, f"{model.name}.managed-batch-monitors", of_batches=True)
    MonitorSchedule(
        scope,
        f"{model.name}.monitor",
        tenant,
        model=model,
        network=network,
        key_arn=key_arn,
        role=scheduler,
        dead_letters_arn=dead_letters_arn,
        when=off,
    )


def _stands(part: Part, model: Model) -> tuple[str, str]:
    names = part.names.model(model.name)
    text = f"Whether {names.endpoint} stands, as lambdas/settle has written it: SageMaker's schedules need it"
    return part.switch(parameter(model.name), text, told_by=names.standing_parameter, on=STANDS)
