"""Rows of some requests, as they are counted together; and how they are gathered one request at a time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from containers.monitor import payloads
from containers.monitor.cells import Cells, from_csv, from_json, rounded, together
from containers.monitor.given import from_given, given_rows
from containers.monitor.payloads import Form, Rows, Unreadable, request_rows
from core.contracts.capture import CapturedRequest, Payload
from core.contracts.problem import Target
from core.contracts.signature import Feature
from core.statistics.checks import Shape
from core.statistics.distances import Floats
from core.statistics.keys import Keys, numbered


@dataclass(frozen=True, slots=True)
class Batch:
    """The arrays have one entry a row, in the same order."""

    shape: Shape
    cells: Cells
    keys: Keys
    """Of the event and the row's position in the request."""
    joins: Keys
    """What a label is joined on (see `join_keys`)."""
    answers: Floats
    """Probability of the positive class, class, or score; rounded to 32 bits, NaN where no answer counts."""
    times: Floats
    """Of the requests, in seconds since 1970."""


def join_keys(request: np.uint64, rows: int) -> Keys:
    """A request of one row is joined on its id, a row of a larger one on its position as well."""
    return rows_of(np.array([rows])).joins(np.array([request], np.uint64))


@dataclass(frozen=True, slots=True)
class RowsOf:
    """Rows of requests; the arrays have one entry a row."""

    request: NDArray[np.int64]
    """Which one it is of."""
    place: NDArray[np.int64]
    """Its position there, of `size` rows."""
    size: NDArray[np.int64]

    def keys(self, events: Keys) -> Keys:
        """Of the requests' `events` and the rows' positions."""
        return numbered(events[self.request], self.place)

    def joins(self, requests: Keys) -> Keys:
        """See `join_keys`."""
        keys = requests[self.request]
        if (several := self.size > 1).any():
            keys[several] = numbered(keys[several], self.place[several], self.size[several])
        return keys


def rows_of(counts: NDArray[np.int64]) -> RowsOf:
    """Of requests that have so many rows.

    >>> rows_of(np.array([2, 1])).place.tolist()
    [0, 1, 0]
    """
    before = np.cumsum(counts) - counts
    place = np.arange(int(counts.sum())) - np.repeat(before, counts)
    return RowsOf(np.repeat(np.arange(len(counts)), counts), place, np.repeat(counts, counts))


@dataclass(slots=True)
class _Pending:
    """Rows of one form, which are parsed at once."""

    rows: list[Any] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    """Of rows, one entry a request, as of the following."""
    events: list[int] = field(default_factory=list)
    joins: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Building:
    """A batch in the making."""

    target: Target = field(default_factory=Target)
    features: tuple[Feature, ...] = ()
    """Of the request, where they are more than plain numbers."""
    short: int = 0
    long: int = 0
    unreadable: int = 0
    unanswered: int = 0
    partial: bool = False
    requests: int = 0
    late: int = 0
    ahead: int = 0
    repeated: int = 0
    _of: dict[Form, _Pending] = field(default_factory=lambda: {"csv": _Pending(), "json": _Pending()})

    @property
    def rows(self) -> int:
        return sum(len(pending.rows) for pending in self._of.values())

    def add(self, request: CapturedRequest, event: int, join: int, judged: bool, width: int) -> None:
        """Rows of a request. Its answers count where it was `judged` by the release that is watched."""
        try:
            if request.request is None:
                raise Unreadable("the request was not captured")
            found = self._rows(request.request, width)
        except Unreadable:
            self.unreadable += 1
            return
        if found.short or found.long:  # the server refused the request as a whole
            self.short += found.short
            self.long += found.long
            return
        pending, count = self._of[found.form], len(found.rows)
        pending.rows += found.rows
        pending.answers += self._answers(request, count, judged)
        pending.counts.append(count)
        pending.events.append(event)
        pending.joins.append(join)
        pending.times.append(request.at.timestamp())

    def _rows(self, payload: Payload, width: int) -> Rows:
        return given_rows(payload, self.features) if self.features else request_rows(payload, width)

    def _answers(self, request: CapturedRequest, count: int, judged: bool) -> list[float]:
        """Every endpoint captures both sides, so a request without its answer is as damaged as one with half of it."""
        unknown = [float("nan")] * count
        try:
            found = payloads.answers(request.response, self.target) if request.response is not None else []
        except Unreadable:
            found = []
        if len(found) != count:
            self.unanswered += count
            return unknown
        return found if judged else unknown

    def _shape(self) -> Shape:
        told = Shape(self.rows, self.short, self.long, self.unreadable, self.unanswered, self.partial)
        return replace(told, requests=self.requests, late=self.late, ahead=self.ahead, repeated=self.repeated)

    def finish(self, width: int) -> Batch:
        csv, json = self._of["csv"], self._of["json"]
        if self.features:
            both = from_given(csv.rows, self.features), from_given(json.rows, self.features)
        else:
            both = from_csv(csv.rows, width), from_json(json.rows, width)
        rows = rows_of(np.array(csv.counts + json.counts, np.int64))
        return Batch(
            self._shape(),
            together(both),
            rows.keys(np.array(csv.events + json.events, np.uint64)),
            rows.joins(np.array(csv.joins + json.joins, np.uint64)),
            rounded(np.array(csv.answers + json.answers, float)),
            np.array(csv.times + json.times, float)[rows.request],
        )
