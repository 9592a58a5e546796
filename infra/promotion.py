"""The function that brings an approved package to its endpoint, and what wakes it."""

from __future__ import annotations

from constructs import Construct

from core.contracts.environment import PromoteEnvironment
from core.contracts.events import PackageApproved
from infra import grants
from infra.handler import Handler
from infra.handler_grants import keep_ledger, notify, see_alarms
from infra.job_roles import SAGEMAKER
from infra.network import NetworkIds
from infra.roles import Role
from infra.rule import Rule
from infra.statements import Statement, allow, pass_role
from infra.sweep import Sweep
from infra.tenant import Tenant

NAME = "promote"


def promotion(scope: Construct, tenant: Tenant, network: NetworkIds, key_arn: str, scheduler: Role) -> Handler:
    """An approved package wakes it, and a sweep. It owns models, endpoint configs and endpoints of the team."""
    serving_role = tenant.arns.role(tenant.names.role("serving"))
    variables = PromoteEnvironment(
        team=tenant.team.team,
        environment=tenant.environment.name,
        account=tenant.account,
        region=tenant.region,
        cost_center=tenant.team.cost_center,
        serving_role_arn=serving_role,
        subnet_ids=",".join(network.subnets),
        security_group_ids=network.security_group,
        key_arn=key_arn,
    ).variables()
    handler = Handler(
        scope,
        "Promote",
        tenant,
        name=NAME,
        key_arn=key_arn,
        variables=variables,
        grants=[*_grants(tenant), pass_role([serving_role], SAGEMAKER), *grants.use_key_for_disks(key_arn)],
        batch=1,
    )
    for model in tenant.team.models:
        approved = PackageApproved.pattern(tenant.account, [tenant.names.model(model.name).package_group])
        text = f"A package of {model.name} was approved"
        Rule(scope, f"{model.name}.package", handler, description=text, pattern=approved)
    Sweep(scope, "PromoteSweep", handler, role=scheduler)
    return handler


VERBS = ("Create", "Describe")


def _grants(tenant: Tenant) -> list[Statement]:
    release = [f"sagemaker:{verb}{kind}" for kind in ("Model", "EndpointConfig", "Endpoint") for verb in VERBS]
    return [
        *grants.read_policies(tenant),
        *grants.read(tenant, "models", "*/artifacts/*"),
        *keep_ledger(tenant),
        *see_alarms(),
        *notify(tenant),
        allow(["sagemaker:ListModelPackages"], ["*"]),
        allow(["sagemaker:DescribeModelPackage", *release, "sagemaker:UpdateEndpoint"], grants.ours(tenant)),
        grants.tag_while_creating(grants.ours(tenant)),
    ]
