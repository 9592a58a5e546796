"""An alarm was raised, a run is asked for, or a sweep is due: decide what to do about the model, do it, say so.

Trigger: the queue `TeamNames.queue("remediate")` (batches of up to 5, ReportBatchItemFailures). The rule of
`AlarmRaised`, the schedules of `SweepDue` and `RetrainingDue`, and people (`RetrainingAsked`) write to it.
Environment: `core.contracts.environment.RemediateEnvironment`.

Calls:
    sqs:ReceiveMessage, DeleteMessage, GetQueueAttributes     queue remediate (the event source mapping)
    ssm:GetParametersByPath                                   TeamNames.parameters and below
    dynamodb:GetItem, PutItem, ConditionCheckItem             table TeamNames.ledger (in transactions)
    s3:GetObject; s3:ListBucket without condition             reports bucket, ModelNames.report_prefix + latest.json
    s3:GetObject; s3:ListBucket without condition             models bucket, ModelNames.release_key
    kms:Decrypt, kms:GenerateDataKey                          the team's key (buckets, ledger, topic, queue)
    cloudwatch:DescribeAlarms                                 * (it takes no resource; names are filtered by prefix)
    sagemaker:ListPipelineExecutions                          ModelNames.pipeline of every model
    sagemaker:StartPipelineExecution                          ModelNames.pipeline of every model
        (ListBucket: S3 answers 404 for a missing key only to those who may list; else 403)
    sqs:GetQueueUrl, SendMessage                              queue promote
    sns:Publish                                               topic TeamNames.topic
"""

from __future__ import annotations

import os
from typing import Any

from core.contracts.environment import RemediateEnvironment
from core.names import TeamNames
from core.remediation.intake import Home
from lambdas.calls import Calls, client
from lambdas.ledger import DynamoLedger
from lambdas.messages import work_off
from lambdas.objects import Objects
from lambdas.policies import read_policies
from lambdas.queues import Queue
from lambdas.remediate.alarms import CloudWatchAlarms
from lambdas.remediate.findings import S3Findings
from lambdas.remediate.hear import hear
from lambdas.remediate.ports import Ports
from lambdas.remediate.releases import PromoteQueue
from lambdas.remediate.sagemaker import SageMakerPipelines
from lambdas.topic import SnsTopic, topic_arn


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    ports = connect(RemediateEnvironment.read(os.environ), Calls(context.get_remaining_time_in_millis))
    return work_off(event, lambda body: hear(body, ports))


def connect(environment: RemediateEnvironment, calls: Calls) -> Ports:
    team = TeamNames(environment.team, environment.environment)
    account, region = environment.account, environment.region
    buckets = {purpose: Objects(calls, client("s3"), team.bucket(purpose, account, region)) for purpose in _BUCKETS}
    return Ports(
        team=team,
        home=Home(account, region),
        policies=read_policies(calls, client("ssm"), team),
        ledger=DynamoLedger(calls, client("dynamodb"), team.ledger),
        topic=SnsTopic(calls, client("sns"), topic_arn(team, account, region)),
        pipelines=SageMakerPipelines(calls, client("sagemaker")),
        findings=S3Findings(team, buckets["reports"], buckets["models"]),
        alarms=CloudWatchAlarms(calls, client("cloudwatch"), team),
        releases=PromoteQueue(Queue(calls, client("sqs"), team.queue("promote")), team),
        most_runs=environment.most_runs,
    )


_BUCKETS = ("reports", "models")
