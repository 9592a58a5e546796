"""Lines of captured requests, in batches of rows that can be counted at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from containers.monitor.cells import Cells, from_csv, from_json
from containers.monitor.payloads import Form, Unreadable, answered_probabilities, request_rows
from core.contracts.capture import CapturedRequest
from core.statistics.checks import Shape
from core.statistics.distances import Floats
from core.statistics.sample import hashed

BATCH = 4096
"""Rows that are counted at once."""
MOST_EVENTS = 1_000_000
"""Requests of a window that are read: so many ids take about 80 MB. The exit message says so where there are more."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which requests count: start <= time < end; answers count from `since`, when the release came into service."""

    start: datetime
    end: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of some requests. The lists and matrices have one entry a row, in the same order."""

    shape: Shape
    cells: Cells
    keys: list[str]
    """Event id and position in the request."""
    joins: list[str]
    """What a label is joined on (see `join_key`)."""
    probabilities: Floats
    """NaN where there is no answer that counts."""


def join_key(join_id: str, row: int, rows: int) -> str:
    """A request of one row is joined on its id, a row of a larger one on its position as well."""
    return join_id if rows == 1 else f"{join_id}#{row}/{rows}"


def batches(lines: Iterable[bytes], span: Span, width: int, most: int = MOST_EVENTS) -> Iterator[Batch]:
    """Batches of the rows of a window; at least one, which may be empty.

    A request that occurs twice counts once. A line that cannot be read is counted as such, whatever its time was.
    """
    seen: set[int] = set()
    building = _Building()
    for line in lines:
        if building.rows >= BATCH:
            yield building.finish(width)
            building = _Building()
        if len(seen) >= most:
            building.partial = True
            break
        request = _parsed(line)
        if request is None:
            building.unreadable += 1
        elif span.start <= request.at < span.end:
            event = int(hashed([request.event_id])[0])
            if event not in seen:
                seen.add(event)
                building.add(request, request.at >= span.since, width)
    yield building.finish(width)


def _parsed(line: bytes) -> CapturedRequest | None:
    try:
        request = CapturedRequest.parse(line)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    ids = (request.event_id, request.join_id)
    sound = all(isinstance(text, str) and text for text in ids) and request.at.tzinfo is not None
    return request if sound else None


@dataclass(slots=True)
class _Building:
    """A batch in the making: rows are kept apart by form, since each form is parsed at once."""

    short: int = 0
    long: int = 0
    unreadable: int = 0
    unanswered: int = 0
    partial: bool = False
    lines: dict[Form, list[Any]] = field(default_factory=lambda: {"csv": [], "json": []})
    keys: dict[Form, list[str]] = field(default_factory=lambda: {"csv": [], "json": []})
    joins: dict[Form, list[str]] = field(default_factory=lambda: {"csv": [], "json": []})
    probabilities: dict[Form, list[float]] = field(default_factory=lambda: {"csv": [], "json": []})

    @property
    def rows(self) -> int:
        return len(self.lines["csv"]) + len(self.lines["json"])

    def add(self, request: CapturedRequest, judged: bool, width: int) -> None:
        try:
            if request.request is None:
                raise Unreadable("the request was not captured")
            found = request_rows(request.request, width)
        except Unreadable:
            self.unreadable += 1
            return
        if found.short or found.long:  # the server refused the request as a whole
            self.short += found.short
            self.long += found.long
            return
        count = len(found.rows)
        self.lines[found.form] += found.rows
        self.keys[found.form] += [f"{request.event_id}#{row}" for row in range(count)]
        self.joins[found.form] += [join_key(request.join_id, row, count) for row in range(count)]
        self.probabilities[found.form] += self._answers(request, count, judged)

    def _answers(self, request: CapturedRequest, count: int, judged: bool) -> list[float]:
        unknown = [float("nan")] * count
        if request.response is None:
            return unknown
        try:
            found = answered_probabilities(request.response)
        except Unreadable:
            found = []
        if len(found) != count:
            self.unanswered += count
            return unknown
        return found if judged else unknown

    def finish(self, width: int) -> Batch:
        csv, json = from_csv(self.lines["csv"], width), from_json(self.lines["json"], width)
        texts = {column: csv.texts.get(column, []) + json.texts.get(column, []) for column in {*csv.texts, *json.texts}}
        return Batch(
            Shape(self.rows, self.short, self.long, self.unreadable, self.unanswered, self.partial),
            Cells(np.concatenate((csv.values, json.values)), texts),
            self.keys["csv"] + self.keys["json"],
            self.joins["csv"] + self.joins["json"],
            np.array(self.probabilities["csv"] + self.probabilities["json"], float),
        )
