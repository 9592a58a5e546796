"""The function that looks after budget and quotas, and what wakes it."""

from __future__ import annotations

from constructs import Construct

from core.contracts.environment import GovernEnvironment
from core.contracts.events import MonitorFailed
from core.contracts.metrics import HOMEOSTAT
from infra import grants
from infra.budget import Budget
from infra.handler import Handler
from infra.handler_grants import keep_ledger, notify
from infra.managed_monitors import schedule_arns
from infra.quotas import ask_for_quotas
from infra.roles import Role
from infra.rule import Rule
from infra.statements import Statement, allow
from infra.sweep import Sweep
from infra.tenant import Tenant

NAME = "govern"
EVERY_MINUTES = 60


def governance(scope: Construct, tenant: Tenant, key_arn: str, scheduler: Role, budget: Budget) -> Handler:
    """The letter of a budget that is spent wakes it, each failed run of a monitor, and a look every hour."""
    variables = GovernEnvironment(
        team=tenant.team.team,
        environment=tenant.environment.name,
        account=tenant.account,
        region=tenant.region,
        budget=budget.name,
        freeze_at_percent=tenant.team.freeze_at_percent,
    ).variables()
    handler = Handler(
        scope,
        "Govern",
        tenant,
        name=NAME,
        key_arn=key_arn,
        variables=variables,
        grants=_grants(tenant, budget),
        batch=5,
        topics=[budget.topic_arn],
    )
    budget.wakes(handler)
    for model in tenant.team.models:
        failed = MonitorFailed.pattern(tenant.account, tenant.names.model(model.name).monitor_runs)
        text = f"A run of the monitor of {model.name} failed"
        Rule(scope, f"{model.name}.monitor-failed", handler, description=text, pattern=failed)
        if model.monitoring.engine == "managed":
            failed = MonitorFailed.pattern_of_schedules(tenant.account, schedule_arns(tenant, model))
            text = f"A run of SageMaker's monitors of {model.name} failed"
            Rule(scope, f"{model.name}.managed-failed", handler, description=text, pattern=failed)
    Sweep(scope, "GovernSweep", handler, role=scheduler, every_minutes=EVERY_MINUTES)
    return handler


def _grants(tenant: Tenant, budget: Budget) -> list[Statement]:
    return [
        *grants.read_policies(tenant),
        *keep_ledger(tenant),
        *notify(tenant),
        *ask_for_quotas(tenant),
        *grants.publish_metrics([HOMEOSTAT]),
        allow(["cloudwatch:GetMetricData"], ["*"]),
        allow(["budgets:ViewBudget"], [tenant.arns.budget(budget.name)]),
    ]
