"""A Lambda function that works through a queue: events wait there, are retried, and are kept when nothing helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from core.contracts.functions import VISIBILITY_S
from infra.function import FOURTEEN_DAYS_S, add_dead_letters, add_function, encryption, write_own_log
from infra.grants import use_key
from infra.handler_alarms import HandlerAlarms
from infra.part import Part
from infra.roles import Role
from infra.statements import Statement, allow, allow_service, deny_plain_http, document
from infra.template import Resource
from infra.tenant import Tenant

ATTEMPTS = 5
CONCURRENCY = 2
"""The least that an event source mapping of a queue takes. Correctness does not rest on it: claims are conditional."""


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
        topics: Sequence[str] = (),
    ) -> None:
        """`topics`: ARNs of the topics that may write to its queue, beside the team's rules."""
        super().__init__(scope, id, tenant)
        self.name = name
        self._key_arn, self._topics = key_arn, topics
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
        # Its queue keeps what the queue sends. A call that a person makes asynchronously is kept as well.
        kept = {"DeadLetterConfig": {"TargetArn": self.dead_letters_arn}}
        function = add_function(
            self, name=name, key_arn=key_arn, role=role, variables=variables, properties=kept, after=self.queues
        )
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

    def _queues(self) -> list[Resource]:
        dead = add_dead_letters(self, self.name, self._key_arn)
        queue = self.add(
            "Queue",
            "AWS::SQS::Queue",
            {
                "QueueName": self.names.queue(self.name),
                "VisibilityTimeout": VISIBILITY_S,
                "MessageRetentionPeriod": FOURTEEN_DAYS_S,
                "RedrivePolicy": {"deadLetterTargetArn": self.dead_letters_arn, "maxReceiveCount": ATTEMPTS},
                **encryption(self._key_arn),
            },
            after=[dead],
        )
        arns = [self.queue_arn, self.dead_letters_arn]
        senders = [self._takes_events(arns), *([self._takes_messages(arns)] if self._topics else [])]
        policy = document([deny_plain_http(["sqs:*"], arns), *senders])
        queues = {"Queues": [queue.ref, dead.ref], "PolicyDocument": policy}
        return [queue, dead, self.add("Senders", "AWS::SQS::QueuePolicy", queues)]

    def _takes_events(self, arns: list[str]) -> dict[str, Any]:
        """From this team's rules only; the sweep comes from the scheduler's role."""
        rules = self.arns.of("events", f"rule/{self.names.prefix}-*")
        ours = {"ArnLike": {"aws:SourceArn": rules}}
        return allow_service("events.amazonaws.com", ["sqs:SendMessage"], arns, ours)

    def _takes_messages(self, arns: list[str]) -> dict[str, Any]:
        ours: dict[str, dict[str, Any]] = {
            "ArnEquals": {"aws:SourceArn": list(self._topics)},
            "StringEquals": {"aws:SourceAccount": self.tenant.account},
        }
        return allow_service("sns.amazonaws.com", ["sqs:SendMessage"], arns, ours)

    def _own_grants(self) -> list[Statement]:
        """Its queue, its dead letters, its log, its traces."""
        receive = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
        give_up = allow(["sqs:SendMessage"], [self.dead_letters_arn])
        return [allow(receive, [self.queue_arn]), give_up, *write_own_log(self.tenant)]
