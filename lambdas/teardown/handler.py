"""Takes an environment down as far as CloudFormation cannot: what people, pipelines and SageMaker itself made.

Trigger: CloudFormation, for the resources of `core.contracts.teardown`, mostly when they are deleted.
Environment: `core.contracts.environment.TeardownEnvironment`.

Calls:
    sagemaker:DescribeDomain, DeleteApp, DeleteSpace, DeleteUserProfile    the team's domain and what is in it
    sagemaker:ListApps, ListSpaces, ListUserProfiles                       *
    elasticfilesystem:DescribeFileSystems, DescribeMountTargets            *
    elasticfilesystem:TagResource                                          the domain's file system
    elasticfilesystem:DeleteMountTarget, DeleteFileSystem                  file systems with the team's tag
    ec2:DescribeSecurityGroups, DescribeSecurityGroupRules, DescribeNetworkInterfaces   *
    ec2:CreateTags                                                         security groups with the domain's tag
    ec2:RevokeSecurityGroupIngress, RevokeSecurityGroupEgress, DeleteSecurityGroup      those with the team's tag
    ec2:DeleteNetworkInterface                                             in the team's subnets
    sagemaker:ListPipelines, ListEndpoints, ListEndpointConfigs, ListModels, ListModelPackageGroups, ListModelPackages,
        ListTrainingJobs, ListProcessingJobs, ListTransformJobs, ListHyperParameterTuningJobs, ListTags   *
    sagemaker:ListPipelineExecutions, StopPipelineExecution                pipeline/<prefix>-*
    sagemaker:StopTrainingJob, StopProcessingJob, StopTransformJob, StopHyperParameterTuningJob   with the team's tag
    sagemaker:DeleteEndpoint, DeleteEndpointConfig, DeleteModel            <prefix>-*
    sagemaker:DeleteModelPackage                                           model-package/<prefix>-*
    application-autoscaling:DeregisterScalableTarget                       *
    s3:ListBucketVersions, DeleteObject, DeleteObjectVersion               buckets of the team
    backup:ListRecoveryPointsByBackupVault, DeleteRecoveryPoint            the vault of the homes, and what is in it
    lambda:InvokeFunction                                                  itself, where its time is up
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from core.contracts.environment import TeardownEnvironment
from core.contracts.teardown import Contents, Endpoints, MemberUse, StudioLeftovers, StudioUse, Work
from core.names import TeamNames
from lambdas.calls import Calls, client
from lambdas.custom_resource import Answer, Request, answer
from lambdas.failures import Refused
from lambdas.teardown.network import Ec2Network, EfsHomes
from lambdas.teardown.patience import Patience, Step
from lambdas.teardown.sagemaker import SageMakerDomains, SageMakerRuns
from lambdas.teardown.storage import BackupVaults, S3Buckets
from lambdas.teardown.studio import Studio, adopt, clear, end_member_use, end_use
from lambdas.teardown.work import empty, end_endpoints, end_work

UNEXPECTED = "a resource of type {} was asked for; accepted are {}"


def handler(event: dict[str, Any], context: Any) -> None:
    remaining_ms = context.get_remaining_time_in_millis
    calls, patience = Calls(remaining_ms), Patience(remaining_ms, time.sleep)
    answer(event, context, lambda request: take_down(request, calls, patience))


def take_down(request: Request, calls: Calls, patience: Patience) -> Answer:
    """Deletion does the work; creation and change only mark what the work will be about."""
    environment = TeardownEnvironment.read(os.environ)
    team = TeamNames(environment.team, environment.environment)
    done = Answer(request.physical_id or f"{team.prefix}-{request.type.rpartition('Homeostat')[2]}")
    if request.kind == "Delete":
        patience.until_done(step(request, team, calls))
    elif request.type == StudioUse.TYPE:
        use, tags = StudioUse.read(request.properties), team.tags(environment.cost_center)
        patience.until_done(lambda: adopt(use, tags, studio(team, calls)))
    return done


def step(request: Request, team: TeamNames, calls: Calls) -> Step:
    """What the removal of a resource comes to, to be taken until nothing is awaited."""
    properties = request.properties

    def runs() -> SageMakerRuns:
        return SageMakerRuns(calls, client("sagemaker"), client("application-autoscaling"), team)

    def domains() -> SageMakerDomains:
        return SageMakerDomains(calls, client("sagemaker"))

    steps: dict[str, Callable[[], tuple[str, ...]]] = {
        StudioUse.TYPE: lambda: end_use(StudioUse.read(properties), domains()),
        MemberUse.TYPE: lambda: end_member_use(MemberUse.read(properties), domains()),
        StudioLeftovers.TYPE: lambda: clear(StudioLeftovers.read(properties), studio(team, calls)),
        Endpoints.TYPE: lambda: end_endpoints(runs()),
        Work.TYPE: lambda: end_work(Work.read(properties), runs()),
        Contents.TYPE: lambda: empty(
            Contents.read(properties), S3Buckets(calls, client("s3")), BackupVaults(calls, client("backup"))
        ),
    }
    if request.type not in steps:
        raise Refused("UnknownType", UNEXPECTED.format(request.type, ", ".join(steps)))
    return steps[request.type]


def studio(team: TeamNames, calls: Calls) -> Studio:
    return Studio(
        domains=SageMakerDomains(calls, client("sagemaker")),
        homes=EfsHomes(calls, client("efs"), team),
        network=Ec2Network(calls, client("ec2"), team),
    )
