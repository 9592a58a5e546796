"""Lines of captured requests of whatever form, as JSON that is parsed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from core.contracts.capture import CapturedRequest
from core.statistics.keys import Keys, hashed

TOGETHER = 1024
"""Lines that are parsed together."""
LARGE = 2 << 20
"""Bytes of them."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """Lines; None stands for one that cannot be read. The keys are of the others."""

    requests: list[CapturedRequest | None]
    events: Keys
    joins: Keys

    @classmethod
    def of(cls, lines: list[bytes]) -> Parsed:
        """Their ids are hashed at once, which takes as long as for one of them."""
        found = [parsed(line) for line in lines]
        known = [request for request in found if request]
        return cls(found, hashed([one.event_id for one in known]), hashed([one.join_id for one in known]))


def together(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Lines that are read together."""
    some: list[bytes] = []
    size = 0
    for line in lines:
        text = line.removesuffix(b"\r")
        if text:
            some.append(text)
            size += len(text)
            if len(some) >= TOGETHER or size >= LARGE:
                yield some
                some, size = [], 0
    if some:
        yield some


def parsed(line: bytes) -> CapturedRequest | None:
    try:
        request = CapturedRequest.of_value(_loaded(line))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    ids = (request.event_id, request.join_id)
    sound = all(isinstance(text, str) and text for text in ids) and request.at.tzinfo is not None
    return request if sound else None


def _loaded(line: bytes) -> Any:
    """By orjson, which takes a third of the time; what it refuses, such as NaN or UTF-16, json may still read."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return json.loads(line)
