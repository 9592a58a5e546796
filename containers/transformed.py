"""A transform job's answers, read as captured requests: one of each row.

SageMaker copies nothing: manifests in the capture bucket name the objects that a job has written. Each of their lines
is the row (where the job joins them; else it is the same line of the object that was read), the answer, the inference
id and the time at which the job started. (SageMaker developer guide, "Capture data from batch transform job".)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest

from core.contracts.capture import CapturedRequest, Payload
from core.contracts.problem import BINARY, REGRESSION, Target

CSV = "text/csv"
AFTER = 2
"""Cells that SageMaker appends: id and time."""
PLAIN = re.compile(r"[ !#-\[\]-~]*")
"""Needs no escape in JSON."""
_ROW, _ANSWER, _ID, _TIME = "@row@", "@answer@", "@id@", "2000-01-01T00:00:00Z"


def _frame() -> list[str]:
    """A captured request's line, cut where its own texts stand."""
    at = datetime(2000, 1, 1, tzinfo=UTC)
    line = CapturedRequest(_ID, at, Payload(_ROW, "CSV", CSV), Payload(_ANSWER, "CSV", CSV)).line()
    return re.split("|".join(map(re.escape, (_ROW, _ANSWER, _ID, _TIME))), line)


_PARTS = _frame()


def manifest(content: bytes) -> Iterator[str]:
    """URIs of the objects that a manifest names: a JSON list of its prefix and keys, or several on lines of their own.

    Raises ValueError for anything else.

    >>> list(manifest(b'[{"prefix": "s3://data/out/"}, "a.csv.out", "b.csv.out"]'))
    ['s3://data/out/a.csv.out', 's3://data/out/b.csv.out']
    """
    text, at = content.decode(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        try:
            found, at = json.JSONDecoder().raw_decode(text, at)
        except RecursionError:
            raise ValueError("a manifest is a list, found lists in lists without an end") from None
        if not (isinstance(found, list) and found and isinstance(found[0], dict) and "prefix" in found[0]):
            raise ValueError(f"a manifest is a list that begins with a prefix, found {str(found)[:80]}")
        yield from (f"{found[0]['prefix']}{name}" for name in found[1:])


@dataclass(frozen=True, slots=True)
class Answers:
    """How the lines of one model's answers are read."""

    target: Target

    @property
    def cells(self) -> int:
        """Of an answer: the label with its probability, the label with those of all classes, or the score."""
        return {BINARY: 2, REGRESSION: 1}.get(self.target.problem, 1 + self.target.classes)

    def joined(self, block: bytes) -> bytes:
        """Lines of rows with their answers, as lines of captured requests."""
        return b"".join(self._request(line, None) for line in _lines(block))

    def beside(self, rows: Iterable[bytes], answers: Iterable[bytes]) -> Iterator[bytes]:
        """Blocks of rows, and blocks of their answers. A line without the other side is left as it is, so that it is
        counted as unreadable."""
        pairs = zip_longest(_each(rows), _each(answers))
        for row, answer in pairs:
            yield f"{row or answer}\n".encode() if row is None or answer is None else self._request(answer, row)

    def _request(self, line: str, row: str | None) -> bytes:
        """A line that is none of a job's own stays as it is."""
        body, *appended = line.rsplit(",", AFTER)
        cells = body.rsplit(",", self.cells)
        told, answer = (cells[0], cells[1:]) if row is None else (row, body.split(","))
        if len(appended) < AFTER or len(answer) != self.cells:
            return f"{line}\n".encode()
        texts = (told, ",".join(answer), appended[0].strip(), appended[1].strip())
        return "".join(part + _inside(text) for part, text in zip(_PARTS, (*texts, "\n"), strict=True)).encode()


def _inside(text: str) -> str:
    return text if text == "\n" or PLAIN.fullmatch(text) else json.dumps(text)[1:-1]


def _lines(block: bytes) -> Iterator[str]:
    for line in block.decode("utf-8", "replace").split("\n"):
        if text := line.removesuffix("\r"):
            yield text


def _each(blocks: Iterable[bytes]) -> Iterator[str]:
    for block in blocks:
        yield from _lines(block)
