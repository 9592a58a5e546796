"""The body of a request: rows of numbers, as CSV or JSON (`core.contracts.signature`).

Read by the server and, from captured requests, by the jobs: one reader, so that what was scored is what is monitored
and learned from.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from containers.numbers import LARGEST, number, shown

CSV, JSON = "text/csv", "application/json"
INSTANCES = "instances"
_PLAIN = b"0123456789+-.eE,\n"
"""A body of these bytes alone can hold nothing but numbers, so a JSON parser may read it."""


class BadBody(ValueError):
    """The body is not rows of numbers; the message says where, what was found and what is accepted."""


def read_rows(body: bytes, content_type: str, width: int) -> NDArray[np.float64]:
    """Rows of `width` numbers; a missing value (an empty field, `nan` or null) is NaN.

    `content_type` is CSV or JSON, without parameters. Raises BadBody.
    """
    rows = _read_csv(body, width) if content_type == CSV else _read_json(body, width)
    if (large := np.abs(rows) > LARGEST).any():
        row, column = np.argwhere(large)[0].tolist()
        raise BadBody(f"{_at(row, column)} is {rows[row, column]}, too large for a 32-bit floating-point number")
    return rows


def _read_csv(body: bytes, width: int) -> NDArray[np.float64]:
    """orjson reads numbers several times faster than anything that takes CSV, so rows are made JSON where they can be.

    Whatever is not plain (missing values, `+1`, text) goes the slow way, which also knows what to complain about.
    """
    body = body.replace(b"\r\n", b"\n").removesuffix(b"\n")
    if not body.translate(None, _PLAIN):
        try:
            rows = np.array(orjson.loads(b"[[" + body.replace(b"\n", b"],[") + b"]]"), dtype=np.float64)
        except (ValueError, OverflowError):
            pass
        else:
            if rows.ndim == 2 and rows.shape[1] == width:
                return rows
    return _read_csv_slowly(body, width)


def _read_csv_slowly(body: bytes, width: int) -> NDArray[np.float64]:
    try:
        lines = body.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as fault:
        raise BadBody(f"the body is not UTF-8 text: byte {fault.start} is {body[fault.start]:#04x}") from None
    if lines == [""]:
        raise BadBody(f"the body is empty; expected rows of {width} numbers")
    rows = [line.split(",") for line in lines]
    for row, fields in enumerate(rows):
        if len(fields) != width:
            raise BadBody(_width(row, len(fields), width))
    return np.array(
        [[_field(field, row, column) for column, field in enumerate(fields)] for row, fields in enumerate(rows)],
        dtype=np.float64,
    )


def _field(text: str, row: int, column: int) -> float:
    try:
        return number(text)
    except ValueError as fault:
        hint = " (rows come without a header)" if row == 0 else ""
        raise BadBody(f"{_at(row, column)} is {fault}{hint}") from None


def _read_json(body: bytes, width: int) -> NDArray[np.float64]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise BadBody(f"the body is not JSON: {fault}") from None
    if not isinstance(value, dict) or not isinstance(value.get(INSTANCES), list):
        raise BadBody(f'the body is not of the form {{"{INSTANCES}": [[number, ...], ...]}}')
    rows: list[Any] = value[INSTANCES]
    if not rows:
        raise BadBody(f'"{INSTANCES}" is empty; expected rows of {width} numbers')
    for row, fields in enumerate(rows):
        if not isinstance(fields, list):
            raise BadBody(f"row {row + 1} is {shown(fields)}, not a list of {width} numbers")
        if len(fields) != width:
            raise BadBody(_width(row, len(fields), width))
    if not {type(value) for value in chain.from_iterable(rows)} <= {int, float, type(None)}:
        raise BadBody(_first_text(rows))
    try:
        return np.array(rows, dtype=np.float64)
    except OverflowError:
        raise BadBody("a whole number is too large for a 32-bit floating-point number") from None


def _first_text(rows: list[list[Any]]) -> str:
    for row, fields in enumerate(rows):
        for column, value in enumerate(fields):
            if type(value) not in (int, float, type(None)):
                return f"{_at(row, column)} is {shown(value)}, not a number"
    raise AssertionError("called for rows of numbers")


def _width(row: int, found: int, width: int) -> str:
    return f"row {row + 1} has {found} {'column' if found == 1 else 'columns'}; expected {width}"


def _at(row: int, column: int) -> str:
    return f"row {row + 1}, column {column + 1}"
