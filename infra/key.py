"""The team's key: everything that the team stores or sends is encrypted with it."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from infra.part import Part
from infra.statements import allow, allow_service, document
from infra.tenant import Tenant

MESSENGERS = [
    "cloudwatch.amazonaws.com",  # publishes alarms to the topic
    "sns.amazonaws.com",  # puts what it could not deliver into a dead-letter queue
    "budgets.amazonaws.com",  # publishes to the topic
]
EVENTS = "events.amazonaws.com"
"""Puts events into queues. With an encrypted queue it sends the key no source account that a condition could ask for,
but SQS names the queue in each use of a key; which rules may write is said by the queues' own policies."""


class Key(Part):
    """A rotated KMS key. IAM policies of this account decide who uses it; services only for what is this account's."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant) -> None:
        super().__init__(scope, id, tenant)
        key = self.add(
            "Key",
            "AWS::KMS::Key",
            {
                "Description": f"Data of {self.names.prefix}",
                "EnableKeyRotation": True,
                "PendingWindowInDays": 30,
                "KeyPolicy": document([self._account(), self._messengers(), self._events(), self._logs()]),
            },
            holds_data=True,
        )
        self.add("Alias", "AWS::KMS::Alias", {"AliasName": self.names.key_alias, "TargetKeyId": key.ref})
        self.key_arn = key.get_att("Arn")

    def _account(self) -> dict[str, Any]:
        """Without it nobody could ever change the key again."""
        account = {"AWS": f"arn:aws:iam::{self.tenant.account}:root"}
        return {"Principal": account, **allow(["kms:*"], ["*"])}

    def _messengers(self) -> dict[str, Any]:
        ours = {"StringEquals": {"aws:SourceAccount": self.tenant.account}}
        return allow_service(MESSENGERS, ["kms:Decrypt", "kms:GenerateDataKey*"], ["*"], ours)

    def _events(self) -> dict[str, Any]:
        queues = self.arns.of("sqs", f"{self.names.prefix}-*")
        ours = {"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": queues}}
        return allow_service(EVENTS, ["kms:Decrypt", "kms:GenerateDataKey*"], ["*"], ours)

    def _logs(self) -> dict[str, Any]:
        groups = self.arns.of("logs", "log-group:*")
        return allow_service(
            f"logs.{self.tenant.region}.amazonaws.com",
            ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            ["*"],
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        )
