"""The windows before this one that have no report: what is said of change since then rests on the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core.contracts.policy import WatchPolicy
from core.contracts.reports import REPORT, Windows, report_folder

LOOKED_AT = 48
"""Windows before this one, at most: reports are listed by their days."""
NAMED = 5


def reported(
    list_files: Callable[[Iterable[str]], Sequence[Any]], prefix: str, start: datetime, end: datetime, many: int
) -> frozenset[datetime]:
    """Ends of those of the `many` windows before [start, end) that have a report; `prefix` is the URI of the first
    part of the reports' keys."""
    ends = list(_before(start, end, many))
    days = sorted({_day(prefix, each) for each in ends})
    there = {file.uri for file in list_files(days)} if days else set()
    return frozenset(each for each in ends if report_folder(prefix, each) + REPORT in there)


def windows(
    found: Collection[datetime], start: datetime, end: datetime, policy: WatchPolicy, released: datetime
) -> Windows | None:
    """Of the windows that lie in the time of the release as a whole; None where windows before are not looked at, or
    this one is not as long as the schedule's."""
    if not policy.recent_windows or end - start != timedelta(seconds=policy.period_s):
        return None
    expected = [each for each in _before(start, end, policy.recent_windows) if each - (end - start) >= released]
    missing = [each for each in expected if each not in found]
    return Windows(
        len(expected),
        len(expected) - len(missing),
        tuple(each.astimezone(UTC).isoformat() for each in missing[:NAMED]),
    )


def _before(start: datetime, end: datetime, many: int) -> Iterator[datetime]:
    """Their ends, the newest first."""
    for number in range(min(many, LOOKED_AT)):
        yield start - number * (end - start)


def _day(prefix: str, end: datetime) -> str:
    """The folder of a day's reports.

    >>> _day("s3://bucket/churn/", datetime(2026, 11, 20, 9, tzinfo=UTC))
    's3://bucket/churn/2026/11/20/'
    """
    return report_folder(prefix, end).removesuffix("/").rpartition("/")[0] + "/"
