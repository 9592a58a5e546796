"""Captured requests, in batches of rows that can be counted at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from containers.monitor.batch import Batch, Building
from containers.monitor.cells import Cells
from core.contracts.capture import CapturedRequest
from core.contracts.problem import Target
from core.contracts.signature import Feature
from core.statistics.checks import Shape
from core.statistics.keys import Keys, hashed, numbered

BATCH = 4096
"""Rows that are counted at once."""
MOST_EVENTS = 1_000_000
"""Requests of a window that are read: so many ids take about 80 MB. The exit message says so where there are more."""
LARGE = 2 << 20
"""Bytes, some 4,000 requests, from which on the compiled scanner is worth its half a second of loading. Outside of the
image, where nothing was compiled beforehand, a small window must not wait for the compiler."""
TOGETHER = 4 << 20
"""Small blocks are read together up to so many bytes."""
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


class Seen:
    """The requests of one part of a window, and those that count in another."""

    def __init__(self, elsewhere: Sequence[Keys] = ()) -> None:
        """`elsewhere`: rising keys."""
        self._here: set[int] = set()
        self._elsewhere = [keys for keys in elsewhere if len(keys)]

    def __len__(self) -> int:
        return len(self._here)

    def __contains__(self, event: int) -> bool:
        return event in self._here

    @property
    def requests(self) -> Keys:
        """Rising keys of all requests that are here, whether they count here or not."""
        return np.sort(np.fromiter(self._here, np.uint64, len(self._here)))

    def add(self, event: int) -> None:
        self._here.add(event)

    def new(self, events: Keys) -> NDArray[np.int64]:
        """Where the events are that are not here yet, each at its first place, in order."""
        _, first = np.unique(events, return_index=True)
        places = np.sort(first)
        here = self._here
        return places[[event not in here for event in events[places].tolist()]]

    def update(self, events: Keys) -> None:
        self._here.update(events.tolist())

    def counts(self, events: Keys) -> NDArray[np.bool_]:
        """Whether a request counts here if it is here."""
        found = np.ones(len(events), np.bool_)
        for keys in self._elsewhere:
            at = np.minimum(np.searchsorted(keys, events), len(keys) - 1)
            found &= keys[at] != events
        return found


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

    A request that occurs twice counts once. A line that cannot be read is counted as such, whatever its time was; so is
    one whose time is not of the hours that are read for the window: it cannot be placed, for some clock is wrong.
    `seen` is left with the requests that were read; `target` says what an answer looks like. `features` are those of a
    request that holds more than plain numbers; the scanner reads numbers alone, so texts and vectors are read line by
    line, some ten thousand a second.
    """
    reader = _Reader(span, width, most, seen, target, features)
    fast = not any(feature.whole for feature in features)
    for block in _together(blocks):
        yield from reader.scanned(block) if fast and len(block) >= LARGE else reader.parsed(block.split(b"\n"))
        if reader.partial:
            break
    yield reader.rest()


def _together(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Small ones joined, with the large one behind them if there is; others as they are, for a copy takes a third of
    the time of reading them."""
    waiting: list[bytes] = []
    for block in blocks:
        if not waiting and len(block) >= LARGE:
            yield block
            continue
        waiting.append(block.removesuffix(b"\n"))
        if len(block) >= LARGE or sum(map(len, waiting)) >= TOGETHER:
            yield b"\n".join(waiting)
            waiting = []
    if waiting:
        yield b"\n".join(waiting)


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
        self._first, self._last = (
            _micros(_hour(span.start) - SLACK),
            _micros(_hour(span.end + HOUR - MICROSECOND) + SLACK),
        )
        self._width, self._most, self._target = width, most, target
        self._seen = Seen() if seen is None else seen
        self._features = features
        self._building = Building(self._target, features)
        self.partial = False

    def rest(self) -> Batch:
        self._building.partial = self.partial
        return self._building.finish(self._width)

    def parsed(self, lines: Iterable[bytes]) -> Iterator[Batch]:
        """One line after the other, whatever its form."""
        for line in lines:
            text = line.removesuffix(b"\r")
            if not text:
                continue
            if self._building.rows >= BATCH:
                yield self._building.finish(self._width)
                self._building = Building(self._target, self._features)
            if len(self._seen) >= self._most:
                self.partial = True
                return
            self._add(text)

    def _add(self, line: bytes) -> None:
        request = _parsed(line)
        if request is None:
            self._building.unreadable += 1
            return
        at = _micros(request.at)
        if self._start <= at < self._end:
            event, join = hashed([request.event_id, request.join_id])
            if int(event) not in self._seen:
                self._seen.add(int(event))
                if self._seen.counts(event[np.newaxis]).all():
                    self._building.add(request, event, join, at >= self._since, self._width)
        elif not self._first <= at < self._last:
            self._building.unreadable += 1

    def scanned(self, block: bytes) -> Iterator[Batch]:
        """Lines of the documented form at once, then the others."""
        from containers.monitor.scanner import Scanned, scan

        def of(part: Scanned, lines: NDArray[np.int64]) -> Batch:
            counts = part.rows[lines]
            rows = np.repeat(part.first[lines] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
            place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            line, size = np.repeat(lines, counts), np.repeat(counts, counts)
            judged = np.where(part.at[line] >= self._since, part.answers[rows], np.nan)
            return Batch(
                Shape(rows=len(rows)),
                Cells(part.values[rows], {}),
                numbered(part.event[line], place),
                np.where(size == 1, part.join[line], numbered(part.join[line], place, size)),
                judged,
                part.at[line] / 1e6,
            )

        for part in scan(block, self._width, self._target):
            self._building.unreadable += int((part.read & ((part.at < self._first) | (part.at >= self._last))).sum())
            within = part.read & (part.at >= self._start) & (part.at < self._end)
            lines = self._fresh(part.event, np.flatnonzero(within))
            if len(lines):
                yield of(part, lines)
            others = zip(part.start[~part.read].tolist(), part.end[~part.read].tolist(), strict=True)
            yield from self.parsed(block[start:end] for start, end in others)
            if self.partial:
                return

    def _fresh(self, events: Keys, lines: NDArray[np.int64]) -> NDArray[np.int64]:
        """The lines whose event was not seen before and counts here, as many as may still be read."""
        fresh = lines[self._seen.new(events[lines])]
        room = self._most - len(self._seen)
        self.partial = self.partial or len(fresh) > room
        found = fresh[:room]
        self._seen.update(events[found])
        return found[self._seen.counts(events[found])]


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def _parsed(line: bytes) -> CapturedRequest | None:
    try:
        request = CapturedRequest.parse(line)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    ids = (request.event_id, request.join_id)
    sound = all(isinstance(text, str) and text for text in ids) and request.at.tzinfo is not None
    return request if sound else None
