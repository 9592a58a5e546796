"""The function that answers alarms, and what wakes it."""

from __future__ import annotations

from constructs import Construct

from core.contracts.environment import RemediateEnvironment
from core.contracts.events import AlarmRaised
from infra import grants
from infra.handler import Handler
from infra.handler_grants import keep_ledger, notify, see_alarms
from infra.model_alarms import alarm_arns
from infra.roles import Role
from infra.rule import Rule
from infra.statements import Statement, allow
from infra.sweep import Sweep
from infra.tenant import Tenant

NAME = "remediate"


def remediation(scope: Construct, tenant: Tenant, key_arn: str, scheduler: Role) -> Handler:
    """Alarms of this team's models wake it, and a sweep. It may start pipelines and nothing else that costs money."""
    variables = RemediateEnvironment(
        team=tenant.team.team,
        environment=tenant.environment.name,
        account=tenant.account,
        region=tenant.region,
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
        raised = AlarmRaised.pattern(tenant.account, alarm_arns(tenant, [model.name]))
        Rule(scope, f"{model.name}-alarm", handler, description=f"An alarm of {model.name} was raised", pattern=raised)
    Sweep(scope, "RemediateSweep", handler, role=scheduler)
    return handler


def _grants(tenant: Tenant) -> list[Statement]:
    pipelines = tenant.arns.of("sagemaker", f"pipeline/{tenant.names.prefix}-*")
    return [
        *grants.read_policies(tenant),
        *grants.read(tenant, "reports", "*"),
        *grants.read(tenant, "models", "*/current/*"),
        *keep_ledger(tenant),
        *see_alarms(),
        *notify(tenant),
        allow(["sagemaker:ListPipelineExecutions", "sagemaker:StartPipelineExecution"], [pipelines]),
    ]
