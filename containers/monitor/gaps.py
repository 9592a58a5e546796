"""The windows before this one: which were told of, and which too late. What is told of change since then rests on the
others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.contracts.reports import TOLD, Windows, report_folder

LOOKED_AT = 48
"""Windows before this one, at most: what was told is listed by days."""
NAMED = 5


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When windows are due: those of an endpoint end then, batches begin."""

    due: datetime
    """This one."""
    every: timedelta
    many: int
    """Windows before this one that matter."""
    since: datetime
    """No window that matters was due before."""
    from_first: bool = False
    """Nor before the first that was told of: a schedule of batches may be younger than the release."""

    def before(self) -> Iterator[datetime]:
        """When they were due, the newest first."""
        for number in range(1, min(self.many, LOOKED_AT) + 1):
            yield self.due - number * self.every


def windows(list_files: Callable[[Iterable[str]], Sequence[Any]], prefix: str, rhythm: Rhythm) -> Windows:
    """Those before this one; `prefix` is the URI of the first part of the reports' keys."""
    told = _told(list_files, prefix, rhythm)
    first = min(told, default=rhythm.due) if rhythm.from_first else rhythm.since
    expected = [each for each in rhythm.before() if each >= max(first, rhythm.since)]
    missing = [each for each in expected if each not in told]
    late = [each for each in expected if each in told and told[each] > each + rhythm.every]
    return Windows(
        expected=len(expected),
        found=len(expected) - len(missing),
        missing=_named(missing),
        told_late=len(late),
        late=_named(late),
    )


def _told(
    list_files: Callable[[Iterable[str]], Sequence[Any]], prefix: str, rhythm: Rhythm
) -> Mapping[datetime, datetime]:
    """When those were first told of that have a report, by when they were due."""
    asked = list(rhythm.before())
    days = sorted({_day(prefix, each) for each in asked})
    there = {file.uri: file.modified for file in list_files(days)} if days else {}
    marks = {each: report_folder(prefix, each) + TOLD for each in asked}
    return {each: there[mark] for each, mark in marks.items() if mark in there}


def _named(ends: Sequence[datetime]) -> tuple[str, ...]:
    return tuple(each.astimezone(UTC).isoformat() for each in ends[:NAMED])


def _day(prefix: str, end: datetime) -> str:
    """The folder of a day's reports.

    >>> _day("s3://bucket/churn/", datetime(2026, 11, 20, 9, tzinfo=UTC))
    's3://bucket/churn/2026/11/20/'
    """
    return report_folder(prefix, end).removesuffix("/").rpartition("/")[0] + "/"
