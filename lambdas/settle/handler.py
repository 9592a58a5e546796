"""A pipeline execution or an endpoint changed: ask SageMaker how it ended, write that down, say so. And a deployment
of the operations stack that was refused or rolled back is told of, where SageMaker's own schedules need it.

Trigger: the queue `TeamNames.queue("settle")` (batches of up to 5, ReportBatchItemFailures). The rules of
`PipelineChanged`, `EndpointChanged` and `DeploymentRolledBack` and the schedule of `SweepDue` write to it.
Environment: `core.contracts.environment.SettleEnvironment`.

Calls:
    sqs:ReceiveMessage, DeleteMessage, GetQueueAttributes     queue settle (the event source mapping)
    ssm:GetParametersByPath                                   TeamNames.parameters and below
    dynamodb:GetItem, PutItem, ConditionCheckItem             table TeamNames.ledger (in transactions)
    s3:PutObject                                              models bucket, ModelNames.release_key
    kms:Decrypt, kms:GenerateDataKey                          the team's key
    sagemaker:DescribePipelineExecution, ListPipelineExecutionSteps  pipeline/<ModelNames.pipeline>/execution/*
    sagemaker:DescribeTrainingJob, DescribeProcessingJob      their jobs: <kind>/pipelines-*, with the team's tag
    sagemaker:DescribeModelPackage                            model-package/<ModelNames.package_group>/*
    sagemaker:DescribeEndpoint                                endpoint/<ModelNames.endpoint>
    application-autoscaling:RegisterScalableTarget, PutScalingPolicy  * (scalable-target/* of namespace sagemaker)
    iam:CreateServiceLinkedRole (iam:AWSServiceName sagemaker.application-autoscaling.amazonaws.com)
                                                              AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint
    cloudwatch:PutMetricAlarm, DescribeAlarms, DeleteAlarms   alarm TargetTracking-endpoint/<ModelNames.endpoint>/*
    sagemaker:DescribeEndpoint, UpdateEndpointWeightsAndCapacities  endpoint/<ModelNames.endpoint>
    ssm:GetParameter, PutParameter                            ModelNames.standing_parameter
    sqs:GetQueueUrl, ReceiveMessage, DeleteMessage            TeamNames.dead_letters("redeployment"), where there is one
    sns:Publish                                               topic TeamNames.topic
"""

from __future__ import annotations

import os
from typing import Any

from core.contracts.environment import SettleEnvironment
from core.names import REDEPLOYMENT, TeamNames
from core.remediation.intake import Home
from lambdas.calls import Calls, client
from lambdas.ledger import DynamoLedger
from lambdas.messages import work_off
from lambdas.objects import Objects
from lambdas.policies import read_policies
from lambdas.settle.ports import Ports
from lambdas.settle.refusals import SqsRefusals
from lambdas.settle.sagemaker import SageMakerEndpoints, SageMakerRuns
from lambdas.settle.settle import settle
from lambdas.settle.standing import SsmStandings
from lambdas.topic import SnsTopic, topic_arn


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    ports = connect(SettleEnvironment.read(os.environ), Calls(context.get_remaining_time_in_millis))
    return work_off(event, lambda body: settle(body, ports))


def connect(environment: SettleEnvironment, calls: Calls) -> Ports:
    team = TeamNames(environment.team, environment.environment)
    account, region = environment.account, environment.region
    models = Objects(calls, client("s3"), team.bucket("models", account, region))
    return Ports(
        team=team,
        home=Home(account, region),
        policies=read_policies(calls, client("ssm"), team),
        ledger=DynamoLedger(calls, client("dynamodb"), team.ledger),
        topic=SnsTopic(calls, client("sns"), topic_arn(team, account, region)),
        runs=SageMakerRuns(calls, client("sagemaker")),
        endpoints=SageMakerEndpoints(calls, client("sagemaker"), client("application-autoscaling"), models, team),
        standings=SsmStandings(calls, client("sagemaker"), client("ssm"), team),
        refusals=SqsRefusals(calls, client("sqs"), team.dead_letters(REDEPLOYMENT)) if environment.redeployed else None,
    )
