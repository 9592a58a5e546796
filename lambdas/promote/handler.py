"""A model package was approved, or another version is wanted back: bring it to the endpoint, blue/green, with alarms
that roll it back.

Trigger: the queue `TeamNames.queue("promote")` (batches of 1, ReportBatchItemFailures). The rule of
`PackageApproved`, `lambdas/remediate` (`SwitchWanted`) and the schedule of `SweepDue` write to it.
Environment: `core.contracts.environment.PromoteEnvironment`.

Calls:
    sqs:ReceiveMessage, DeleteMessage, GetQueueAttributes     queue promote (the event source mapping)
    ssm:GetParametersByPath                                   TeamNames.parameters and below
    dynamodb:GetItem, PutItem, ConditionCheckItem             table TeamNames.ledger (in transactions)
    s3:GetObject; s3:ListBucket without condition             models bucket, ModelNames.artifact_prefix
    kms:Decrypt, GenerateDataKey, CreateGrant, DescribeKey    the team's key (also for the endpoint's disk)
    sagemaker:ListModelPackages                               * (group ModelNames.package_group)
    sagemaker:DescribeModelPackage                            model-package/<ModelNames.package_group>/*
    sagemaker:DescribeModel, CreateModel                      model/<ModelNames.endpoint>-v*
    sagemaker:DescribeEndpointConfig, CreateEndpointConfig    endpoint-config/<ModelNames.endpoint>-v*
    sagemaker:DescribeEndpoint, CreateEndpoint, UpdateEndpoint  endpoint/<ModelNames.endpoint>
    sagemaker:AddTags (where sagemaker:TaggingAction is set)  these models, configs and endpoints
    sagemaker:CreateEndpoint, UpdateEndpoint                  endpoint-config/<ModelNames.endpoint>-v* (also)
    cloudwatch:DescribeAlarms                                 * (SageMaker checks the rollback alarms as the caller)
    iam:PassRole (iam:PassedToService sagemaker.amazonaws.com)  role TeamNames.role("serving")
    sns:Publish                                               topic TeamNames.topic
"""

from __future__ import annotations

import os
from typing import Any

from core.contracts.environment import PromoteEnvironment
from core.names import TeamNames
from core.remediation.intake import Home
from lambdas.calls import Calls, client
from lambdas.ledger import DynamoLedger
from lambdas.messages import work_off
from lambdas.objects import Objects
from lambdas.policies import read_policies
from lambdas.promote.ports import Ports
from lambdas.promote.promote import promote
from lambdas.promote.requests import Wiring
from lambdas.promote.sagemaker import SageMakerEndpoints, SageMakerRegistry
from lambdas.topic import SnsTopic, topic_arn


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    ports = connect(PromoteEnvironment.read(os.environ), Calls(context.get_remaining_time_in_millis))
    return work_off(event, lambda body: promote(body, ports))


def connect(environment: PromoteEnvironment, calls: Calls) -> Ports:
    team = TeamNames(environment.team, environment.environment)
    account, region = environment.account, environment.region
    models = Objects(calls, client("s3"), team.bucket("models", account, region))
    return Ports(
        team=team,
        home=Home(account, region),
        policies=read_policies(calls, client("ssm"), team),
        ledger=DynamoLedger(calls, client("dynamodb"), team.ledger),
        topic=SnsTopic(calls, client("sns"), topic_arn(team, account, region)),
        registry=SageMakerRegistry(calls, client("sagemaker"), models),
        endpoints=SageMakerEndpoints(calls, client("sagemaker"), wire(environment)),
    )


def wire(environment: PromoteEnvironment) -> Wiring:
    team = TeamNames(environment.team, environment.environment)
    return Wiring(
        role_arn=environment.serving_role_arn,
        subnets=tuple(environment.subnet_ids.split(",")),
        security_groups=tuple(environment.security_group_ids.split(",")),
        key_arn=environment.key_arn,
        capture_bucket=team.bucket("capture", environment.account, environment.region),
        tags=team.tags(environment.cost_center),
    )
