"""Looks at the simulated clock again and again and fires what became due since the last look, each due time once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import eventbridge, scheduler

from local import clock
from local.scheduler.expressions import occurrences
from local.scheduler.invocation import invoke

MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Timed:
    """A schedule or a scheduled rule: when it counts from, and what `fire(due time)` does.

    Due times after `first`, from `begins` to `ends`, are its own.
    """

    identity: Hashable
    enabled: bool
    expression: str
    zone: str
    first: datetime
    begins: datetime
    ends: datetime | None
    fire: Callable[[datetime], None]

    def due(self, after: datetime, until: datetime) -> Iterator[datetime]:
        for at in occurrences(self.expression, self.begins, after, until, self.zone):
            one_time = self.expression.startswith("at(")  # start and end date do not bind those
            if one_time or (self.begins <= at and (self.ends is None or at <= self.ends)):
                yield at


class Ticker:
    """`submit(function, due time)` runs what fires somewhere else, so that a slow target delays nothing."""

    def __init__(self, submit: Callable[[Callable[[datetime], None], datetime], Any]) -> None:
        self._submit = submit
        self._looked: dict[Hashable, datetime] = {}

    def tick(self) -> None:
        until, looked = clock.now(), {}
        for timed in (*schedules(), *rules()):
            after = self._looked.get(timed.identity, timed.first)
            looked[timed.identity] = until
            if timed.enabled:
                for at in timed.due(after, until):
                    self._submit(timed.fire, at)
        self._looked = looked


def schedules() -> Iterator[Timed]:
    """Those of EventBridge Scheduler. A rate is due at once when it is created, or at its start date."""
    for (account, region, key), record in list(scheduler._schedules._data.items()):
        created = _time(record["CreationDate"])
        yield Timed(
            identity=(account, region, key, created),
            enabled=record["State"] == "ENABLED",
            expression=record["ScheduleExpression"],
            zone=record["ScheduleExpressionTimezone"],
            first=created - MOMENT,
            begins=_time(record["StartDate"]) if record.get("StartDate") else created,
            ends=_time(record["EndDate"]) if record.get("EndDate") else None,
            fire=partial(_fire_schedule, account, region, key, record),
        )


def rules() -> Iterator[Timed]:
    """EventBridge rules with a schedule expression. A rate counts down before its first time."""
    for (account, region, key), record in list(eventbridge._rules._data.items()):
        if record.get("ScheduleExpression"):
            created = _time(record.setdefault("CreationTime", clock.epoch()))  # ministack keeps none for templates
            yield Timed(
                identity=(account, region, key, created),
                enabled=record["State"] == "ENABLED",
                expression=record["ScheduleExpression"],
                zone="UTC",
                first=created,
                begins=created,
                ends=None,
                fire=partial(_fire_rule, account, region, key, record),
            )


def _fire_schedule(account: str, region: str, key: str, record: dict[str, Any], at: datetime) -> None:
    with request_scope(account, region):
        if record["ScheduleExpression"].startswith("at(") and record["ActionAfterCompletion"] == "DELETE":
            scheduler._schedules.pop(key, None)
        invoke(record, at)


def _fire_rule(account: str, region: str, key: str, record: dict[str, Any], at: datetime) -> None:
    event = {
        "EventId": str(uuid.uuid4()),
        "Source": "aws.events",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "EventBusName": record.get("EventBusName", "default"),
        "Time": int(at.timestamp()),
        "Resources": [record["Arn"]],
        "Account": account,
        "Region": region,
    }
    with request_scope(account, region):
        for target in list(eventbridge._targets.get(key, [])):
            eventbridge._invoke_target(target, event, record)


def _time(value: Any) -> datetime:
    """A stored time: epoch seconds, or the text that a template gave."""
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC)
    told = datetime.fromisoformat(str(value))
    return told if told.tzinfo else told.replace(tzinfo=UTC)
