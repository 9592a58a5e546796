"""Lines of captured requests, and both readers of them: what one makes of a block is what the other makes of it."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import numpy as np

from containers.monitor.batch import Batch
from containers.monitor.capture import Span, _Reader
from core.contracts.capture import CapturedRequest, Payload

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
SPAN = Span(START, START + timedelta(hours=1), START + timedelta(minutes=10))
WIDTH = 3


def captured(
    data: str = "1,2,3",
    answer: str = "1,0.75",
    spaces: bool = False,
    minutes: float = 20,
    name: str | None = None,
    event: str | None = None,
) -> bytes:
    request = CapturedRequest(
        event or str(uuid.uuid4()),
        START + timedelta(minutes=minutes),
        Payload(data, "CSV", "text/csv"),
        Payload(answer, "CSV", "text/csv; charset=utf-8"),
        name,
    )
    text = request.line() if spaces else json.dumps(json.loads(request.line()), separators=(",", ":"))
    return text.encode()


def everything(found: list[Batch]) -> tuple[object, ...]:
    """What the batches hold together, in an order of its own."""
    keys = np.concatenate([batch.keys for batch in found])
    order = np.argsort(keys)
    shape = found[0].shape
    for batch in found[1:]:
        shape += batch.shape
    columns = (
        keys,
        np.concatenate([batch.joins for batch in found]),
        np.concatenate([batch.cells.values for batch in found]),
        np.concatenate([batch.answers for batch in found]),
    )
    return shape, *(column[order].tobytes() for column in columns)


def general(block: bytes, most: int = 1000) -> tuple[object, ...]:
    reader = _Reader(SPAN, WIDTH, most)
    return everything([*reader.parsed(block.split(b"\n")), reader.rest()])


def compiled(block: bytes, most: int = 1000) -> tuple[object, ...]:
    reader = _Reader(SPAN, WIDTH, most)
    return everything([*reader.scanned([block]), reader.rest()])
