"""The windows before this one: which were told of, and which too late. What is told of change since then rests on the
others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.contracts.reports import Windows, report_folder, told_of

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
        for number in range(1, self.looked_at + 1):
            yield self.due - number * self.every

    def place(self, due: datetime) -> int | None:
        """Which of `before`, counted from 1, a window is that was due then: the nearest, since a schedule that was
        changed goes on at other minutes."""
        number = round((self.due - due) / self.every)
        return number if 1 <= number <= self.looked_at else None

    @property
    def looked_at(self) -> int:
        return min(self.many, LOOKED_AT)


@dataclass(frozen=True, slots=True)
class _Told:
    """A window that has a report."""

    due: datetime
    first: datetime
    """When it was first told of."""


def windows(list_files: Callable[[Iterable[str]], Sequence[Any]], prefix: str, rhythm: Rhythm) -> Windows:
    """Those before this one; `prefix` is the URI of the first part of the reports' keys."""
    told = _told(list_files, prefix, rhythm)
    first = min((each.due for each in told.values()), default=rhythm.due) if rhythm.from_first else rhythm.since
    since = max(first, rhythm.since)
    expected = {
        number: due
        for number, due in enumerate(rhythm.before(), 1)
        if (told[number].due if number in told else due) >= since
    }
    missing = [due for number, due in expected.items() if number not in told]
    found = [told[number] for number in expected if number in told]
    late = [each.due for each in found if each.first > each.due + rhythm.every]
    return Windows(
        expected=len(expected),
        found=len(found),
        missing=_named(missing),
        told_late=len(late),
        late=_named(late),
    )


def _told(list_files: Callable[[Iterable[str]], Sequence[Any]], prefix: str, rhythm: Rhythm) -> Mapping[int, _Told]:
    """Those that have a report, by their places. Of several at one place, the newest."""
    days = sorted({_day(prefix, due) for due in (rhythm.due, *rhythm.before())}) if rhythm.looked_at else []
    found: dict[int, _Told] = {}
    for file in list_files(days) if days else ():
        due = told_of(prefix, file.uri)
        number = rhythm.place(due) if due is not None else None
        if due is not None and number is not None and (number not in found or found[number].due < due):
            found[number] = _Told(due, file.modified)
    return found


def _named(ends: Sequence[datetime]) -> tuple[str, ...]:
    return tuple(each.astimezone(UTC).isoformat() for each in ends[:NAMED])


def _day(prefix: str, end: datetime) -> str:
    """The folder of a day's reports.

    >>> _day("s3://bucket/churn/", datetime(2026, 11, 20, 9, tzinfo=UTC))
    's3://bucket/churn/2026/11/20/'
    """
    return report_folder(prefix, end).removesuffix("/").rpartition("/")[0] + "/"
