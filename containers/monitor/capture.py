"""Captured requests, in batches of rows that can be counted at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from containers.monitor.batch import Batch, Building, rows_of
from containers.monitor.cells import Cells
from containers.monitor.parsed import Parsed, together
from containers.monitor.seen import Seen
from core.contracts.capture import CapturedRequest
from core.contracts.problem import Target
from core.contracts.signature import Feature
from core.statistics.checks import Shape

if TYPE_CHECKING:
    from containers.monitor.scanner import Scanned

BATCH = 4096
"""Rows that are counted at once."""
MOST_EVENTS = 1_000_000
"""Requests of a window that are read: so many ids take about 80 MB. The exit message says so where there are more."""
LARGE = 2 << 20
"""Bytes, some 4,000 requests, from which on the compiled scanner is worth its half a second of loading. Outside of the
image, where nothing was compiled beforehand, a small window must not wait for the compiler."""
SLACK = timedelta(minutes=5)
"""By so much a request may lie beside the hours of its folder: they are written by when a request was captured."""
HOUR = timedelta(hours=1)
BINARY_TARGET = Target()
EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Which requests count: start <= time < end; answers count from `since`, when the release came into service."""

    start: datetime
    end: datetime
    since: datetime


def batches(
    blocks: Iterable[bytes],
    span: Span,
    width: int,
    most: int = MOST_EVENTS,
    seen: Seen | None = None,
    target: Target = BINARY_TARGET,
    features: tuple[Feature, ...] = (),
) -> Iterator[Batch]:
    """Batches of the rows of a window; at least one, which may be empty. A block is whole lines.

    Of requests with the same event id the first counts, in the order of the lines. A line that cannot be read is
    counted as such, whatever its time was; so is one whose time is not of the hours that are read for the window: it
    cannot be placed, for some clock is wrong. `seen` is left with the requests that were read; `target` says what an
    answer looks like. `features` are those of a request that holds more than plain numbers; the scanner reads cells of
    numbers alone, so texts, and vectors that are lists, are read line by line, some ten thousand a second.
    """
    reader = _Reader(span, width, most, seen, target, features)
    waiting, rest = [], iter(blocks)
    if not any(feature.kind == "text" for feature in features):
        for block in rest:
            waiting.append(block)
            if sum(map(len, waiting)) >= LARGE:
                yield from reader.scanned(chain(waiting, rest))
                waiting = []
                break
    for block in chain(waiting, rest):
        if reader.partial:
            break
        yield from reader.parsed(block.split(b"\n"))
    yield reader.rest()


class _Reader:
    """Keeps which requests were seen, and the batch in the making."""

    def __init__(
        self,
        span: Span,
        width: int,
        most: int,
        seen: Seen | None = None,
        target: Target = BINARY_TARGET,
        features: tuple[Feature, ...] = (),
    ) -> None:
        self._start, self._end, self._since = (_micros(at) for at in (span.start, span.end, span.since))
        begin, until = _hour(span.start), _hour(span.end + HOUR - MICROSECOND)
        self._hours = _micros(begin), _micros(until)
        self._first, self._last = _micros(begin - SLACK), _micros(until + SLACK)
        self._width, self._most, self._target = width, most, target
        self._seen = Seen() if seen is None else seen
        self._features = features
        self._building = Building(self._target, features)
        self.partial = False

    def rest(self) -> Batch:
        self._building.partial = self.partial
        return self._building.finish(self._width)

    def parsed(self, lines: Iterable[bytes]) -> Iterator[Batch]:
        """Lines of whatever form."""
        for some in together(lines):
            yield from self._taken(Parsed.of(some))

    def _taken(self, some: Parsed) -> Iterator[Batch]:
        events = some.events
        known = zip(events.tolist(), some.joins.tolist(), self._seen.counts(events).tolist(), strict=True)
        for request in some.requests:
            if self._building.rows >= BATCH:
                yield self._building.finish(self._width)
                self._building = Building(self._target, self._features)
            if len(self._seen) >= self._most:
                self.partial = True
                return
            if request is None:
                self._building.unreadable += 1
            else:
                self._add(request, *next(known))

    def _add(self, request: CapturedRequest, event: int, join: int, counts: bool) -> None:
        at = _micros(request.at)
        if self._start <= at < self._end:
            fresh = event not in self._seen
            if fresh:
                self._seen.add(event)
            self._building.repeated += not (fresh and counts)
            if fresh and counts:
                self._building.requests += 1
                self._building.add(request, event, join, at >= self._since, self._width)
        else:
            self._building.unreadable += not self._first <= at < self._last
            self._building.late += at < self._hours[0]
            self._building.ahead += at >= self._hours[1]

    def scanned(self, blocks: Iterable[bytes]) -> Iterator[Batch]:
        """Lines of the documented form at once, then the others."""
        from containers.monitor.scanner import scan

        for part in scan(blocks, self._width, self._target):
            self._building.unreadable += int(((part.at < self._first) | (part.at >= self._last)).sum())
            self._building.late += int((part.at < self._hours[0]).sum())
            self._building.ahead += int((part.at >= self._hours[1]).sum())
            others = [Parsed.of(some) for some in together(part.others)]
            within = np.flatnonzero((part.at >= self._start) & (part.at < self._end))
            here = len(within)
            if others:
                within = within[~self._later(part, within, others)]
            fresh, more = self._seen.take(part.event[within], self._most - len(self._seen))
            self.partial = self.partial or more
            found = within[fresh]
            requests = found[self._seen.counts(part.event[found])]
            self._building.repeated += 0 if more else here - len(requests)
            if len(requests):
                yield self._batch(part, requests)
            for some in others:
                yield from self._taken(some)
            if self.partial:
                return

    def _later(self, part: Scanned, within: NDArray[np.int64], others: list[Parsed]) -> NDArray[np.bool_]:
        """Which of these requests stand behind one of the other lines that has their event id: of all that have it the
        first counts, whatever the form of its line."""
        turns = iter(part.turns)
        before: dict[int, int] = {}
        for some in others:
            events = iter(some.events.tolist())
            for request, turn in zip(some.requests, turns, strict=False):
                if request is not None:
                    event = next(events)
                    if self._start <= _micros(request.at) < self._end:
                        before.setdefault(event, turn)
        found = part.event[within]
        later = np.zeros(len(within), np.bool_)
        for at in np.flatnonzero(np.isin(found, np.fromiter(before, np.uint64, len(before)))).tolist():
            event = int(found[at])
            later[at] = before[event] <= within[at]
            if not later[at]:  # it is the first, and the line one of those that come again
                before[event] = len(part.at)
        return later

    def _batch(self, part: Scanned, requests: NDArray[np.int64]) -> Batch:
        rows = rows_of(part.rows[requests])
        values, answers, at = part.values, part.answers, part.at[requests][rows.request]
        if len(at) < len(values):  # else it is every row, and they are in order
            kept = part.first[requests][rows.request] + rows.place
            values, answers = values[kept], answers[kept]
        return Batch(
            Shape(rows=len(at), requests=len(requests)),
            Cells(values, {}),
            rows.keys(part.event[requests]),
            rows.joins(part.join[requests]),
            np.where(at >= self._since, answers, np.nan),
            at / 1e6,
        )


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND
