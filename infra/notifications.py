"""The team's topic: what a person should know, by e-mail and SMS."""

from __future__ import annotations

from constructs import Construct

from core.contracts.notices import urgent_only
from infra.handler_alarms import DeadLetterAlarm
from infra.part import Part
from infra.statements import allow_service, deny_plain_http, document
from infra.template import Resource
from infra.tenant import Tenant

SENDERS = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
NAME = "notifications"
IS_DEAD_LETTERS = (
    "It is itself the dead-letter queue of the topic's subscriptions; the rule looks for queues and functions only. An "
    "alarm tells of whatever lies in it."
)
NOBODY_YET = "It waits for the subscriptions of a team whose file names no address yet."


class Notifications(Part):
    """Encrypted with the team's key: with AWS's own key for SNS, CloudWatch's messages would be lost without a word."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        self.arn = self.arns.of("sns", self.names.topic)
        self.topic = topic = self.add(
            "Topic",
            "AWS::SNS::Topic",
            {"TopicName": self.names.topic, "KmsMasterKeyId": key_arn, "DisplayName": self.names.prefix},
        )
        ours = {"StringEquals": {"aws:SourceAccount": tenant.account}}
        policy = document(
            [deny_plain_http(["sns:Publish"], [self.arn]), allow_service(SENDERS, ["sns:Publish"], [self.arn], ours)]
        )
        self.add("Senders", "AWS::SNS::TopicPolicy", {"Topics": [topic.ref], "PolicyDocument": policy})
        dead = self._dead_letters(key_arn)
        for protocol, addresses in (("email", tenant.team.notify.email), ("sms", tenant.team.notify.sms)):
            for index, address in enumerate(addresses):
                self._subscription(f"{protocol.capitalize()}{index}", topic, dead, protocol, address)

    def _subscription(self, id: str, topic: Resource, dead: Resource, protocol: str, address: str) -> None:
        redrive = {"deadLetterTargetArn": self._dead_letters_arn}
        properties = {"TopicArn": topic.ref, "Protocol": protocol, "Endpoint": address, "RedrivePolicy": redrive}
        if protocol == "sms":
            properties["FilterPolicy"] = urgent_only()
        self.add(id, "AWS::SNS::Subscription", properties, after=[dead])

    @property
    def _addresses(self) -> tuple[str, ...]:
        return (*self.tenant.team.notify.email, *self.tenant.team.notify.sms)

    @property
    def _dead_letters_arn(self) -> str:
        return self.arns.of("sqs", self.names.dead_letters(NAME))

    def _dead_letters(self, key_arn: str) -> Resource:
        queue = self.add(
            "DeadLetters",
            "AWS::SQS::Queue",
            {
                "QueueName": self.names.dead_letters(NAME),
                "MessageRetentionPeriod": 14 * 24 * 3600,
                "KmsMasterKeyId": key_arn,
            },
            acknowledges={"AwsSolutions-SQS3": IS_DEAD_LETTERS, **({} if self._addresses else {"MSG-03": NOBODY_YET})},
        )
        from_topic = {
            "ArnEquals": {"aws:SourceArn": self.arn},
            "StringEquals": {"aws:SourceAccount": self.tenant.account},
        }
        policy = document(
            [
                deny_plain_http(["sqs:*"], [self._dead_letters_arn]),
                allow_service("sns.amazonaws.com", ["sqs:SendMessage"], [self._dead_letters_arn], from_topic),
            ]
        )
        self.add("DeadLettersSenders", "AWS::SQS::QueuePolicy", {"Queues": [queue.ref], "PolicyDocument": policy})
        DeadLetterAlarm(self, "Alarm", self.tenant, name=NAME)
        return queue
