"""A Lambda function that works through a queue: events wait there, are retried, and are kept when nothing helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import CfnResource
from aws_cdk.aws_s3_assets import Asset
from constructs import Construct

from core.contracts.functions import TIMEOUT_S
from infra.bundle import bundle
from infra.grants import use_key
from infra.handler_alarms import HandlerAlarms
from infra.part import Part
from infra.roles import Role
from infra.statements import Statement, allow, allow_service, deny_plain_http, document
from infra.tenant import Tenant

VISIBILITY_S = 6 * TIMEOUT_S
"""The Lambda guide's rule for queues: a message must not come back while its batch is still being worked on."""
ATTEMPTS = 5
CONCURRENCY = 2
"""The least that an event source mapping of a queue takes. Correctness does not rest on it: claims are conditional."""
MEMORY_MB = 512
FOURTEEN_DAYS_S = 14 * 24 * 3600


class Handler(Part):
    """`lambdas/<name>` with its queue, dead letters, role, log group and alarms."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        tenant: Tenant,
        *,
        name: str,
        key_arn: str,
        variables: Mapping[str, str],
        grants: Sequence[Statement],
        batch: int,
    ) -> None:
        super().__init__(scope, id, tenant)
        self.name = name
        self._key_arn = key_arn
        self.queue_arn = self.arns.of("sqs", self.names.queue(name))
        self.dead_letters_arn = self.arns.of("sqs", self.names.dead_letters(name))
        self.queues = self._queues()
        role = Role(
            self,
            "Role",
            tenant,
            kind=name,
            service="lambda.amazonaws.com",
            grants=[*self._own_grants(), *use_key(key_arn), *grants],
        )
        function = self._function(role, variables)
        self.add(
            "Source",
            "AWS::Lambda::EventSourceMapping",
            {
                "EventSourceArn": self.queue_arn,
                "FunctionName": function.ref,
                "BatchSize": batch,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "ScalingConfig": {"MaximumConcurrency": CONCURRENCY},
            },
            after=self.queues,
        )
        HandlerAlarms(self, "Alarms", tenant, name=name)

    @property
    def log_group(self) -> str:
        return f"/aws/lambda/{self.names.function(self.name)}"

    def _function(self, role: Role, variables: Mapping[str, str]) -> CfnResource:
        log = {
            "LogGroupName": self.log_group,
            "RetentionInDays": self.tenant.environment.retention.log_days,
            "KmsKeyId": self._key_arn,
        }
        logs = self.add("Log", "AWS::Logs::LogGroup", log)
        code = Asset(self, "Code", path=str(bundle(self.name)), exclude=["**/__pycache__"])
        return self.add(
            "Function",
            "AWS::Lambda::Function",
            {
                "FunctionName": self.names.function(self.name),
                "Runtime": "python3.13",
                "Architectures": ["arm64"],
                "Handler": f"lambdas.{self.name}.handler.handler",
                "Code": {"S3Bucket": code.s3_bucket_name, "S3Key": code.s3_object_key},
                "Role": role.arn,
                "Timeout": TIMEOUT_S,
                "MemorySize": MEMORY_MB,
                "ReservedConcurrentExecutions": CONCURRENCY,
                "Environment": {"Variables": dict(variables)},
                "KmsKeyArn": self._key_arn,
                "TracingConfig": {"Mode": "Active"},
                "LoggingConfig": {"LogGroup": self.log_group},
            },
            after=[role.resource, logs],
        )

    def _queues(self) -> list[CfnResource]:
        encryption = {"KmsMasterKeyId": self._key_arn, "KmsDataKeyReusePeriodSeconds": 3600}
        dead = self.add(
            "DeadLetters",
            "AWS::SQS::Queue",
            {
                "QueueName": self.names.dead_letters(self.name),
                "MessageRetentionPeriod": FOURTEEN_DAYS_S,
                **encryption,
            },
        )
        queue = self.add(
            "Queue",
            "AWS::SQS::Queue",
            {
                "QueueName": self.names.queue(self.name),
                "VisibilityTimeout": VISIBILITY_S,
                "MessageRetentionPeriod": FOURTEEN_DAYS_S,
                "RedrivePolicy": {"deadLetterTargetArn": self.dead_letters_arn, "maxReceiveCount": ATTEMPTS},
                **encryption,
            },
            after=[dead],
        )
        arns = [self.queue_arn, self.dead_letters_arn]
        policy = document([deny_plain_http(["sqs:*"], arns), self._takes_events(arns)])
        queues = {"Queues": [queue.ref, dead.ref], "PolicyDocument": policy}
        return [queue, dead, self.add("Senders", "AWS::SQS::QueuePolicy", queues)]

    def _takes_events(self, arns: list[str]) -> dict[str, Any]:
        """From this team's rules only; the sweep comes from the scheduler's role."""
        rules = self.arns.of("events", f"rule/{self.names.prefix}-*")
        ours = {"ArnLike": {"aws:SourceArn": rules}}
        return allow_service("events.amazonaws.com", ["sqs:SendMessage"], arns, ours)

    def _own_grants(self) -> list[Statement]:
        """Its queue, its log, its traces."""
        streams = self.arns.of("logs", f"log-group:{self.log_group}:*")
        receive = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
        return [
            allow(receive, [self.queue_arn]),
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], [streams]),
            allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
        ]
