"""What is denied to every role of a team, because it would lead out of the team's environment or around its checks.

A key that takes several values is asked for twice, once for each way around it: `Null` where nothing is given, and
`ForAnyValue:StringNotEquals` where one of what is given is foreign. In one statement both would have to be true.
"""

from __future__ import annotations

from core.names import TEAM_TAG
from infra.network import NetworkIds
from infra.statements import Statement, deny
from infra.tenant import Tenant

DEFINITIONS = "sagemaker:Create*JobDefinition"
"""Of the managed monitors, one operation for each of their four kinds."""
TRAINING = ("sagemaker:CreateTrainingJob", "sagemaker:CreateHyperParameterTuningJob")
PROCESSING = "sagemaker:CreateProcessingJob"
JOBS = "sagemaker:Create*ingJob"
"""Those three, and labelling, which asks people outside of the team and is nobody's here."""
AUTOML = "sagemaker:CreateAutoMLJob*"
MODEL = "sagemaker:CreateModel"
TAGGED = ("sagemaker:Create*Job", "sagemaker:CreateAutoMLJobV2", MODEL, "sagemaker:CreateEndpoint*")
"""What costs money and is made by roles, not by templates. Applications and spaces get the domain's tags from SageMaker
itself, and a package in a group takes none of its own."""


def walls(tenant: Tenant, network: NetworkIds) -> list[Statement]:
    return [
        *in_the_network(tenant, network),
        *tagged(tenant),
        own_executions(tenant),
    ]


def in_the_network(tenant: Tenant, network: NetworkIds) -> list[Statement]:
    """Jobs and models run in the team's subnets with the team's security group, and nowhere else.

    Canvas runs its jobs in the subnets of Studio.
    """
    canvas = network.studio_subnets if tenant.team.studio.canvas else ()
    subnets = list(dict.fromkeys((*network.subnets, *canvas)))
    must = [JOBS, MODEL, AUTOML, DEFINITIONS, "sagemaker:CreateNotebookInstance"]
    own = {"sagemaker:VpcSubnets": subnets, "sagemaker:VpcSecurityGroupIds": [network.security_group]}
    nowhere = [deny(must, {"Null": {key: "true"}}) for key in own]
    elsewhere = [deny(["sagemaker:*"], {"ForAnyValue:StringNotEquals": {key: ids}}) for key, ids in own.items()]
    return [*nowhere, *elsewhere]


def tagged(tenant: Tenant) -> list[Statement]:
    """What is made carries the team's tag, which nobody changes; what carries another team's tag is out of reach."""
    request, resource = f"aws:RequestTag/{TEAM_TAG}", f"aws:ResourceTag/{TEAM_TAG}"
    own = tenant.names.prefix
    return [
        deny(list(TAGGED), {"StringNotEquals": {request: own}}, elsewhere_than=_canvas(tenant)),
        deny(["sagemaker:AddTags"], {"Null": {"sagemaker:TaggingAction": "true"}}),
        deny(["sagemaker:DeleteTags"]),
        *(
            deny(["sagemaker:*"], {"Null": {key: "false"}, "StringNotEquals": {key: own}})
            for key in (request, resource)
        ),
    ]


def _canvas(tenant: Tenant) -> list[str]:
    """SageMaker Canvas names what it makes after itself and tags it with the team's domain alone."""
    return [tenant.arns.of("sagemaker", "*/?anvas*")] if tenant.team.studio.canvas else []


def own_executions(tenant: Tenant) -> Statement:
    """By ARN: executions have no tags, so another team's would pass a policy that asks for them."""
    own = tenant.arns.of("sagemaker", f"pipeline/{tenant.names.prefix}-*")
    return deny(["sagemaker:*PipelineExecution*", "sagemaker:*ForExecution"], elsewhere_than=[own])
