"""The ledger of one environment, as a person with their own credentials reads and writes it."""

from __future__ import annotations

from typing import Any

import boto3

from core.contracts.ledger import PARTITION_KEY
from core.remediation.items import from_item
from core.remediation.rows import EpisodeRow, Row
from infra.tenant import Tenant
from lambdas.calls import Calls
from lambdas.ledger import DynamoLedger
from lambdas.queues import Queue

PATIENCE = Calls(lambda: 60_000)
"""Nothing ends a command but the person who gave it."""


class LedgerTable:
    """Its rows, its writes (those of the functions, with the same conditions), and the queue of who acts on them."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self._dynamodb = boto3.client("dynamodb", region_name=tenant.region)
        self.ledger = DynamoLedger(PATIENCE, self._dynamodb, tenant.names.ledger)
        self.remediate = Queue(
            PATIENCE, boto3.client("sqs", region_name=tenant.region), tenant.names.queue("remediate")
        )

    def rows(self, partition: str) -> list[Row]:
        """All rows of a model, or of `core.contracts.ledger.TEAM`. Raises Unavailable, Refused."""
        query: dict[str, Any] = {
            "TableName": self.tenant.names.ledger,
            "KeyConditionExpression": "#of = :partition",
            "ExpressionAttributeNames": {"#of": PARTITION_KEY},
            "ExpressionAttributeValues": {":partition": {"S": partition}},
            "ConsistentRead": True,
        }
        found: list[Row] = []
        while True:
            answer = PATIENCE.ask(self._dynamodb.query, **query)
            found += [from_item(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return found
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def episodes(self, model: str) -> list[EpisodeRow]:
        return [row for row in self.rows(model) if isinstance(row, EpisodeRow)]

    def who(self) -> str:
        """The caller, as AWS knows them."""
        sts = boto3.client("sts", region_name=self.tenant.region)
        return str(PATIENCE.ask(sts.get_caller_identity)["Arn"])
