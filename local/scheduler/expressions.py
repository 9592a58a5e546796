"""When a schedule is due: rate(...), cron(...) and at(...) expressions over the simulated time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ministack.services import eventbridge


def occurrences(expression: str, anchor: datetime, after: datetime, until: datetime, zone: str) -> Iterator[datetime]:
    """Every due time in (after, until], in order and in UTC; nothing for an expression that nobody understands.

    A rate counts from `anchor`, which is itself a due time. Cron and one-time
    expressions are read in `zone`, an IANA name.
    """
    interval = eventbridge._parse_rate_seconds(expression)
    if interval is not None:
        return _rate(timedelta(seconds=interval), anchor, after, until)
    if expression.startswith("at("):
        moment = datetime.fromisoformat(expression[3:-1]).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        return iter([moment] if after < moment <= until else [])
    fields = eventbridge._parse_cron_fields(expression)
    return _cron(fields, after, until, ZoneInfo(zone)) if fields is not None else iter(())


def _rate(interval: timedelta, anchor: datetime, after: datetime, until: datetime) -> Iterator[datetime]:
    number = max(0, (after - anchor) // interval + 1)
    while (due := anchor + number * interval) <= until:
        yield due
        number += 1


def _cron(fields: object, after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """ministack walks the wall clock; it is given the zone's wall time as if that were UTC."""
    wall = after.astimezone(zone).replace(tzinfo=UTC)
    while (found := eventbridge._cron_next_fire(fields, wall)) is not None:
        wall = found
        due = found.replace(tzinfo=zone).astimezone(UTC)
        if due > until:
            return
        if due > after:
            yield due
