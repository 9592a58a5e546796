"""Captured requests with the labels that arrived for them: the truth, never the model's own answer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from containers.given import read_request
from containers.payload import CSV, JSON, BadBody
from containers.prepare.rows import Collected, Fault, label
from containers.prepare.selection import Selection
from core.contracts.capture import CapturedRequest, GroundTruth, Payload
from core.contracts.signature import Signature

A_REQUEST = "a captured request, as SageMaker writes it"
A_LABEL = "a label, as `core.contracts.capture.GroundTruth` writes it"
ITS_LABELS = "one label, {}, for each row of the request"
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What the parsers of `core.contracts.capture` raise for a line of another shape."""


@dataclass(frozen=True, slots=True)
class Requests:
    """How captured requests are read, whether an endpoint or a batch answered them: each once, by its id, where it lies
    in the window and a label is known."""

    signature: Signature
    selection: Selection
    labels: Mapping[str, str]
    """By join id."""
    seen: set[str] = field(default_factory=set)

    def read(self, lines: Iterable[tuple[str, int, bytes]], accepted: str = A_REQUEST) -> Collected:
        """Of (file, line number, line). `accepted` says what a line should be.

        A request may hold several rows; its label then holds as many, separated by commas or line breaks. Requests
        that bear one id are left out: the monitor joins them with no label either.
        """
        collected = Collected()
        labelled: dict[str, list[tuple[str, int, Payload | None, str]]] = {}
        for file, number, line in lines:
            try:
                request = CapturedRequest.parse(line)
                inside = self.selection.holds(request.at)
            except UNREADABLE:
                collected.faults.append(Fault(file, number, f"{line[:40]!r}", accepted))
                continue
            if not inside or request.event_id in self.seen:
                continue
            self.seen.add(request.event_id)
            truth = self.labels.get(request.join_id)
            if truth is None:
                collected.unlabelled += 1
                continue
            labelled.setdefault(request.join_id, []).append((file, number, request.request, truth))
        for first, *others in labelled.values():
            if others:
                collected.ambiguous += 1 + len(others)
            else:
                _add(collected, *first, self.signature)
        return collected


def _add(collected: Collected, file: str, line: int, request: Payload | None, truth: str, signature: Signature) -> None:
    try:
        rows = read_request(*_body(request), signature).tolist()
    except (BadBody, binascii.Error, UNREADABLE[0]) as fault:
        collected.faults.append(Fault(file, line, str(fault), "a body that the model answers"))
        return
    try:
        flags = [label(signature.label, text, signature.target) for text in truth.strip().replace("\n", ",").split(",")]
        if len(flags) != len(rows):
            raise ValueError(f"{len(flags)} labels for {len(rows)} rows")
    except ValueError as fault:
        collected.faults.append(Fault(file, line, str(fault), ITS_LABELS.format(signature.target.labels)))
        return
    for row, flag in zip(rows, flags, strict=True):
        collected.add(file, row, flag)


def _body(payload: Payload | None) -> tuple[bytes, str]:
    """Body and content type of a request. Raises ValueError where there is none to be had."""
    if payload is None:
        raise ValueError("no request in the line: the endpoint does not capture them")
    if payload.encoding == "BASE64":
        kind = payload.content_type.partition(";")[0].strip().lower()
        if kind not in (CSV, JSON):
            raise ValueError(f"a body of type {payload.content_type!r}")
        return base64.b64decode(payload.data, validate=True), kind
    kinds = {"CSV": CSV, "JSON": JSON}
    if payload.encoding not in kinds:
        raise ValueError(f"the encoding {payload.encoding!r}")
    return payload.data.encode(), kinds[payload.encoding]


def read_labels(folder: Path) -> tuple[dict[str, str], list[Fault]]:
    """Label of each request, by its join id, and the lines that are none. Of several labels for one request the newest
    counts, that is the last in order of keys and lines."""
    labels: dict[str, str] = {}
    faults = []
    for file, number, line in lines_of(folder):
        try:
            truth = GroundTruth.parse(line)
            labels[truth.event_id] = truth.label + ""  # of any other type it is a TypeError
        except UNREADABLE:
            faults.append(Fault(file, number, f"{line[:40]!r}", A_LABEL))
    return labels, faults


def lines_of(folder: Path) -> Iterator[tuple[str, int, bytes]]:
    """(file, line number, line) of every file below the folder, in order of names; empty lines are left out."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if kept := line.strip():
                    yield name, number, kept
