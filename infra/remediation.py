"""The function that answers alarms, and what wakes it."""

from __future__ import annotations

from constructs import Construct

from core.contracts.environment import RemediateEnvironment
from core.contracts.events import AlarmRaised
from infra import grants
from infra.handler import Handler
from infra.handler_grants import keep_ledger, notify, see_alarms
from infra.model_alarms import alarm_arns
from infra.periodic_retraining import PeriodicRetraining
from infra.promotion import NAME as PROMOTE
from infra.roles import Role
from infra.rule import Rule
from infra.statements import Statement, allow
from infra.sweep import Sweep
from infra.tenant import Tenant

NAME = "remediate"


def remediation(scope: Construct, tenant: Tenant, key_arn: str, scheduler: Role) -> Handler:
    """Alarms of this team's models wake it, schedules, and a sweep. It may start pipelines, and ask `promote` for
    another version; nothing else that costs money."""
    variables = RemediateEnvironment(
        team=tenant.team.team,
        environment=tenant.environment.name,
        account=tenant.account,
        region=tenant.region,
        most_runs=tenant.environment.most_runs_at_once or 0,
    ).variables()
    handler = Handler(
        scope,
        "Remediate",
        tenant,
        name=NAME,
        key_arn=key_arn,
        variables=variables,
        grants=_grants(tenant),
        batch=5,
    )
    for model in tenant.team.models:
        raised = AlarmRaised.pattern(tenant.account, alarm_arns(tenant, [model]))
        Rule(scope, f"{model.name}.alarm", handler, description=f"An alarm of {model.name} was raised", pattern=raised)
        if model.retraining.every_days is not None:
            days = model.retraining.every_days
            PeriodicRetraining(
                scope, f"{model.name}.retraining", handler, role=scheduler, model=model.name, every_days=days
            )
    Sweep(scope, "RemediateSweep", handler, role=scheduler)
    return handler


def _grants(tenant: Tenant) -> list[Statement]:
    names = [tenant.names.model(model.name).pipeline for model in tenant.team.models]
    pipelines = [tenant.arns.of("sagemaker", f"pipeline/{name}") for name in names]
    return [
        *grants.read_policies(tenant),
        *grants.read(tenant, "reports", "*"),
        *grants.read(tenant, "models", *grants.releases(tenant)),
        *keep_ledger(tenant),
        *see_alarms(),
        *notify(tenant),
        allow(["sqs:GetQueueUrl", "sqs:SendMessage"], [tenant.arns.of("sqs", tenant.names.queue(PROMOTE))]),
        allow(["sagemaker:ListPipelineExecutions", "sagemaker:StartPipelineExecution"], pipelines),
    ]
