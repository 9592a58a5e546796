"""Rows, the time and the topic."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.contracts.ledger import Key
from core.remediation.items import from_item, to_item
from core.remediation.notice import Notice
from core.remediation.rows import Row
from lambdas.failures import Stale
from lambdas.ports import Reading
from tests.lambdas.faults import Faults

BEGINNING = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Clock:
    """The time of the whole world. The ledger shows whole seconds of it, as a Date header does."""

    now: datetime = BEGINNING

    def pass_(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    @property
    def header(self) -> datetime:
        return self.now.replace(microsecond=0)


class FakeLedger:
    """`lambdas.ports.Ledger`: rows go through the same items as in DynamoDB."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self.clock, self.faults = clock, faults
        self.items: dict[Key, dict[str, Any]] = {}

    def read(self, *keys: Key) -> Reading:
        return self.faults.call("ledger.read", lambda: self.peek(*keys))

    def peek(self, *keys: Key) -> Reading:
        found = {key: from_item(self.items[key]) for key in keys if key in self.items}
        return Reading(self.clock.header, found)

    def commit(self, *rows: Row, unchanged: tuple[Row, ...] = ()) -> None:
        def effect() -> None:
            for row in (*rows, *unchanged):
                stored = from_item(self.items[row.key]).revision if row.key in self.items else 0
                if stored != row.revision:
                    raise Stale(f"{row.key} has revision {stored}, {row.revision} was read")
            self.put(*rows)

        self.faults.call("ledger.commit", effect)

    def put(self, *rows: Row) -> None:
        assert len({row.key for row in rows}) == len(rows), "a transaction may name a row only once"
        for row in rows:
            self.items[row.key] = to_item(replace(row, revision=row.revision + 1))


@dataclass
class FakeTopic:
    """`lambdas.ports.Topic`."""

    faults: Faults
    notices: list[Notice] = field(default_factory=list)

    def publish(self, notice: Notice) -> None:
        self.faults.call("topic.publish", lambda: self.notices.append(notice))

    @property
    def outcomes(self) -> list[str]:
        return [notice.attributes["outcome"] for notice in self.notices]
