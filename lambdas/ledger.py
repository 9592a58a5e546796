"""The ledger in DynamoDB: reads and writes are transactions, and the table's answers carry the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from core.contracts.ledger import PARTITION_KEY, REVISION, Key
from core.remediation.items import from_item, key_item, to_item
from core.remediation.rows import Row
from lambdas.calls import Calls
from lambdas.failures import Refused, Stale, Unavailable
from lambdas.ports import Reading

CONTENDED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class DynamoLedger:
    """`lambdas.ports.Ledger` over one table."""

    def __init__(self, calls: Calls, client: Any, table: str) -> None:
        self._calls, self._client, self._table = calls, client, table

    def read(self, *keys: Key) -> Reading:
        gets = [{"Get": {"TableName": self._table, "Key": key_item(key)}} for key in keys]
        try:
            answer = self._calls.ask(self._client.transact_get_items, TransactItems=gets)
        except Refused as refusal:
            raise _read_again(refusal) from refusal
        rows = [from_item(response["Item"]) for response in answer["Responses"] if response.get("Item")]
        return Reading(_clock(answer), {row.key: row for row in rows})

    def commit(self, *rows: Row, unchanged: tuple[Row, ...] = ()) -> None:
        writes = [{"Put": self._put(row)} for row in rows]
        checks = [{"ConditionCheck": self._at_revision(row, Key=key_item(row.key))} for row in unchanged]
        try:
            self._calls.ask(self._client.transact_write_items, TransactItems=[*writes, *checks])
        except Refused as refusal:
            raise _stale(refusal) from refusal

    def _put(self, row: Row) -> dict[str, Any]:
        return self._at_revision(row, Item=to_item(replace(row, revision=row.revision + 1)))

    def _at_revision(self, row: Row, **part: Any) -> dict[str, Any]:
        """Only where the stored row has the revision that was read; 0 is a row that does not exist."""
        if row.revision == 0:
            condition: dict[str, Any] = {
                "ConditionExpression": "attribute_not_exists(#name)",
                "ExpressionAttributeNames": {"#name": PARTITION_KEY},
            }
        else:
            condition = {
                "ConditionExpression": "#name = :read",
                "ExpressionAttributeNames": {"#name": REVISION},
                "ExpressionAttributeValues": {":read": {"N": str(row.revision)}},
            }
        return {"TableName": self._table, **part, **condition}


def _clock(answer: Mapping[str, Any]) -> datetime:
    """The answer's Date header. Without it there is no time to decide by, so nothing is decided."""
    header = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if header is None:
        raise Unavailable("the ledger's answer has no Date header")
    return parsedate_to_datetime(header).astimezone(UTC)


def _read_again(refusal: Refused) -> Exception:
    return Unavailable(str(refusal)) if CONTENDED & {*refusal.reasons} else refusal


def _stale(refusal: Refused) -> Exception:
    """Why a transaction was cancelled: a row had changed, or the table could not keep up."""
    if refusal.code == "TransactionConflictException" or CONTENDED & {*refusal.reasons}:
        return Stale(str(refusal))
    if refusal.code == "TransactionCanceledException":
        return Unavailable(str(refusal))
    return refusal
