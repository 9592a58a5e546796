"""The bodies of one captured request and its answer.

The server is strict: it refuses a body with one bad cell. The monitor has to tell what is wrong with it, so it takes
such a body apart as far as it can be known, and no further.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from containers.numbers import LARGEST, number
from core.contracts.capture import Payload
from core.contracts.explanations import predictions_of
from core.contracts.problem import BINARY, REGRESSION, Target

Form = Literal["csv", "json"]
EXPLAINED = '"explanations"'
"""Stands in every answer that holds explanations."""


class Unreadable(ValueError):
    """The body is of no known form."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a request, as lines of CSV or as lists of JSON values; all have the model's width."""

    form: Form
    rows: Sequence[Any]
    short: int
    """Rows left out because they have too few cells, and `long` because they have too many."""
    long: int


def request_rows(payload: Payload, width: int) -> Rows:
    """Rows of `width` cells. Raises Unreadable for a body that has no rows."""
    form, text = content(payload)
    if form == "csv":
        rows: Sequence[Any] = _lines(text)
        widths = [row.count(",") + 1 for row in rows]
    else:
        rows = instances(text)
        widths = [len(row) for row in rows]
    short, long = sum(found < width for found in widths), sum(found > width for found in widths)
    if short or long:
        rows = [row for row, found in zip(rows, widths, strict=True) if found == width]
    return Rows(form, rows, short, long)


def instances(text: str) -> list[list[Any]]:
    """Rows of a request in JSON. Raises Unreadable for anything else."""
    rows = _member(text, "instances")
    if not all(isinstance(row, list) for row in rows):
        raise Unreadable("an instance is not a list")
    return rows


def answers(payload: Payload, target: Target) -> list[float]:
    """What is watched of each row's answer: the probability of the positive class, the class, or the score.

    Raises Unreadable for an answer of another form.
    """
    form, text = _answer(payload)
    if form == "csv":
        return [_of_line(line, target) for line in _lines(text)]
    return [_of_object(row if isinstance(row, dict) else {}, target) for row in _member(text, "predictions")]


def _of_line(line: str, target: Target) -> float:
    if target.problem == BINARY:
        return _probability(line.partition(",")[2])
    if target.problem == REGRESSION:
        return _score(line)
    label, *probabilities = line.split(",")
    return _class(label, probabilities, target.classes)


def _of_object(row: dict[str, Any], target: Target) -> float:
    if target.problem == BINARY:
        return _probability(row.get("probability"))
    if target.problem == REGRESSION:
        return _score(row.get("score"))
    return _class(row.get("predicted_label"), row.get("probabilities"), target.classes)


def content(payload: Payload) -> tuple[Form, str]:
    """Form and text of a body. Raises Unreadable for one of no known form."""
    if not isinstance(payload.data, str) or not isinstance(payload.encoding, str):
        raise Unreadable("data or encoding is not a text")
    encoding = payload.encoding.upper()
    if encoding in ("CSV", "JSON"):
        return ("csv" if encoding == "CSV" else "json"), payload.data
    kinds: tuple[Form, ...] = tuple(form for form in ("csv", "json") if form in str(payload.content_type).lower())
    if encoding != "BASE64" or len(kinds) != 1:
        raise Unreadable(f"encoding {payload.encoding!r} of {payload.content_type!r}")
    try:
        return kinds[0], base64.b64decode(payload.data, validate=True).decode("utf-8-sig")
    except ValueError as fault:  # binascii.Error and UnicodeDecodeError are ValueErrors
        raise Unreadable(str(fault)) from fault


def _answer(payload: Payload) -> tuple[Form, str]:
    """An answer with explanations holds the one that would have been given without."""
    form, text = content(payload)
    if form == "json" and EXPLAINED in text:
        inside = predictions_of(_loaded(text))
        if inside is not None:
            content_type, data = inside
            return content(Payload(data, "CSV" if "csv" in content_type.lower() else "JSON", content_type))
    return form, text


def _lines(text: str) -> list[str]:
    body = text.removeprefix("\ufeff").replace("\r\n", "\n").removesuffix("\n")
    if not body:
        raise Unreadable("the body is empty")
    return body.split("\n")


def _member(text: str, name: str) -> list[Any]:
    value = _loaded(text)
    rows = value.get(name) if isinstance(value, dict) else None
    if not isinstance(rows, list) or not rows:
        raise Unreadable(f"no list {name!r} with anything in it")
    return rows


def _loaded(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError as fault:  # orjson's own error, and text that is not UTF-8
        raise Unreadable(str(fault)) from fault


def _probability(cell: object) -> float:
    found = _number(cell)
    if 0 <= found <= 1:
        return found
    raise Unreadable(f"{str(cell)[:40]!r} is not a probability")


def _class(label: object, probabilities: object, classes: int) -> float:
    if not isinstance(probabilities, list) or len(probabilities) != classes:
        raise Unreadable(f"no list of {classes} probabilities")
    for each in probabilities:
        _probability(each)
    found = _number(label)
    if not (0 <= found < classes and found.is_integer()):
        raise Unreadable(f"{str(label)[:40]!r} is not a class from 0 to {classes - 1}")
    return found


def _score(cell: object) -> float:
    found = _number(cell)
    if not abs(found) <= LARGEST:
        raise Unreadable(f"{str(cell)[:40]!r} is not a finite number")
    return found


def _number(cell: object) -> float:
    """NaN for a cell that holds none. A text is read as a cell of a request is."""
    if isinstance(cell, str | int | float) and not isinstance(cell, bool):
        try:
            return number(cell) if isinstance(cell, str) else float(cell)
        except (ValueError, OverflowError):
            return math.nan
    return math.nan
