"""The function that writes down how runs and deployments ended, and what wakes it."""

from __future__ import annotations

from constructs import Construct

from core.contracts.environment import SettleEnvironment
from core.contracts.events import EndpointChanged, PipelineChanged
from infra import grants
from infra.handler import Handler
from infra.handler_grants import keep_ledger, notify
from infra.redeployment import hear_of_refusals, hear_of_rollbacks, managed
from infra.roles import Role
from infra.rule import Rule
from infra.statements import Statement, allow
from infra.sweep import Sweep
from infra.team_grants import see_jobs_of_pipelines
from infra.tenant import Tenant

NAME = "settle"
AUTOSCALING = "sagemaker.application-autoscaling.amazonaws.com"


def settlement(scope: Construct, tenant: Tenant, key_arn: str, scheduler: Role) -> Handler:
    """Changes of this team's executions and endpoints wake it, and a sweep."""
    variables = SettleEnvironment(
        team=tenant.team.team,
        environment=tenant.environment.name,
        account=tenant.account,
        region=tenant.region,
        redeployed=int(bool(managed(tenant))),
    ).variables()
    handler = Handler(
        scope,
        "Settle",
        tenant,
        name=NAME,
        key_arn=key_arn,
        variables=variables,
        grants=[*_grants(tenant), *_autoscaling(tenant)],
        batch=5,
    )
    for model in tenant.team.models:
        names = tenant.names.model(model.name)
        runs = PipelineChanged.pattern(tenant.account, [tenant.arns.of("sagemaker", f"pipeline/{names.pipeline}")])
        Rule(scope, f"{model.name}.run", handler, description=f"A training run of {model.name} changed", pattern=runs)
        deployments = EndpointChanged.pattern(tenant.account, [names.endpoint])
        text = f"A deployment of {model.name} changed"
        Rule(scope, f"{model.name}.deployment", handler, description=text, pattern=deployments)
    hear_of_rollbacks(scope, tenant, handler)
    Sweep(scope, "SettleSweep", handler, role=scheduler)
    return handler


def _grants(tenant: Tenant) -> list[Statement]:
    looks = ("DescribePipelineExecution", "ListPipelineExecutionSteps", "DescribeModelPackage", "DescribeEndpoint")
    actions = [f"sagemaker:{action}" for action in (*looks, "UpdateEndpointWeightsAndCapacities")]
    told = [tenant.names.model(model.name).standing_parameter for model in tenant.team.models]
    return [
        *grants.read_policies(tenant),
        *grants.write(tenant, "models", *grants.releases(tenant)),
        *keep_ledger(tenant),
        *notify(tenant),
        *hear_of_refusals(tenant),
        *see_jobs_of_pipelines(tenant),
        allow(actions, grants.ours(tenant)),
        allow(["ssm:GetParameter", "ssm:PutParameter"], [tenant.arns.of("ssm", f"parameter{name}") for name in told]),
    ]


def _autoscaling(tenant: Tenant) -> list[Statement]:
    """Set up in the caller's name: the target, its alarms, and once per account the service's own role."""
    endpoint = {"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}}
    alarms = tenant.arns.of("cloudwatch", f"alarm:TargetTracking-endpoint/{tenant.names.prefix}-*")
    role = tenant.arns.role(f"aws-service-role/{AUTOSCALING}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint")
    return [
        allow(
            ["application-autoscaling:RegisterScalableTarget", "application-autoscaling:PutScalingPolicy"],
            ["*"],
            endpoint,
        ),
        allow(["cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"], [alarms]),
        allow(["iam:CreateServiceLinkedRole"], [role], {"StringEquals": {"iam:AWSServiceName": AUTOSCALING}}),
    ]
