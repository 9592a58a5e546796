"""A batch of rows is due, or one was scored: start the transform job, and the monitor over what it has done.

Trigger: the queue `TeamNames.queue("batch")` (batches of 1, ReportBatchItemFailures). The schedules of `BatchDue`, the
rules of `BatchEnded` and the schedule of `SweepDue` write to it. It is there where a model of the team scores so.
Environment: `core.contracts.environment.BatchEnvironment`.

Calls:
    sqs:ReceiveMessage, DeleteMessage, GetQueueAttributes     queue batch (the event source mapping)
    ssm:GetParametersByPath                                   TeamNames.parameters and below
    dynamodb:GetItem, PutItem, ConditionCheckItem             table TeamNames.ledger (in transactions)
    s3:GetObject; s3:ListBucket without condition             models bucket, ModelNames.release_key
    s3:ListBucket                                             data bucket, ModelNames.batch_prefix and below
    sagemaker:CreateTransformJob, DescribeTransformJob, StopTransformJob   transform-job/<ModelNames.batch_jobs>*
    sagemaker:CreateProcessingJob                             processing-job/<ModelNames.monitor_runs>*
    sagemaker:ListTransformJobs, ListProcessingJobs           * (they take no resource)
    sagemaker:AddTags (where sagemaker:TaggingAction is set)  these jobs
    iam:PassRole (iam:PassedToService sagemaker.amazonaws.com)  role TeamNames.role("monitor")
    kms:Decrypt, GenerateDataKey, CreateGrant, DescribeKey    the team's key (also for the jobs' disks)
    cloudwatch:PutMetricData (cloudwatch:namespace Homeostat) * (it takes no resource)
    cloudwatch:GetMetricData                                  * (it takes no resource)
    scheduler:GetSchedule                                     schedule/default/<ModelNames.batch>
"""

from __future__ import annotations

import os
from typing import Any

from core.contracts.environment import BatchEnvironment
from core.names import TeamNames
from core.remediation.intake import Home
from lambdas.batch.aws import CloudWatchMetrics, EventBridgeSchedules, S3Releases, S3Rows
from lambdas.batch.hear import hear
from lambdas.batch.ports import Ports
from lambdas.batch.requests import Wiring
from lambdas.batch.sagemaker import SageMakerJobs
from lambdas.calls import Calls, client
from lambdas.ledger import DynamoLedger
from lambdas.messages import work_off
from lambdas.objects import Objects
from lambdas.policies import read_policies


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    ports = connect(BatchEnvironment.read(os.environ), Calls(context.get_remaining_time_in_millis))
    return work_off(event, lambda body: hear(body, ports))


def connect(environment: BatchEnvironment, calls: Calls) -> Ports:
    team = TeamNames(environment.team, environment.environment)
    account, region = environment.account, environment.region
    models = Objects(calls, client("s3"), team.bucket("models", account, region))
    return Ports(
        team=team,
        home=Home(account, region),
        policies=read_policies(calls, client("ssm"), team),
        ledger=DynamoLedger(calls, client("dynamodb"), team.ledger),
        jobs=SageMakerJobs(calls, client("sagemaker"), Wiring(environment)),
        rows=S3Rows(calls, client("s3"), team.bucket("data", account, region)),
        releases=S3Releases(team, models),
        metrics=CloudWatchMetrics(calls, client("cloudwatch")),
        schedules=EventBridgeSchedules(calls, client("scheduler")),
    )
