"""The body of a request for a model that takes more than plain numbers: booleans, texts, vectors.

`containers.payload` reads plain numbers, and many times faster; what both read is the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from containers.derived import boolean, of_text
from containers.numbers import LARGEST, number, shown
from containers.payload import CSV, INSTANCES, BadBody, read_rows
from core.contracts.signature import Feature, Signature


class WrongWidth(ValueError):
    """A row has fewer or more cells, or a vector fewer or more numbers, than the model takes."""

    def __init__(self, told: str, short: bool) -> None:
        super().__init__(told)
        self.short = short


def read_request(body: bytes, content_type: str, signature: Signature) -> NDArray[np.float64]:
    """Rows of the model's columns; a missing value is NaN. `content_type` is CSV or JSON, without parameters.

    Raises BadBody.
    """
    if signature.plain:
        return read_rows(body, content_type, len(signature.features))
    written = content_type == CSV
    rows = csv_rows(_decoded(body)) if written else _instances(body)
    found = [_row(at, cells, signature, written) for at, cells in enumerate(rows)]
    if not found:
        raise BadBody(f"the body is empty; expected rows of {expected(signature.features)}")
    return np.array(found, dtype=np.float64)


def csv_rows(text: str) -> Iterator[list[str]]:
    """Cells of each line; one in quotes may hold commas, line breaks and, doubled, quotes. Raises BadBody."""
    if len(text) <= csv.field_size_limit() and not any(mark in text for mark in '"\r\0'):  # nothing but cells
        if text:
            yield from (line.split(",") for line in text.removesuffix("\n").split("\n"))
        return
    lines = csv.reader(io.StringIO(text, newline="") if "\n" in text or "\r" in text else (text,), strict=True)
    try:
        for cells in lines:
            yield cells or [""]
    except csv.Error as fault:
        raise BadBody(f"row {lines.line_num} is not CSV: {fault}") from None


def parted(cells: Sequence[Any], features: Sequence[Feature]) -> list[Any]:
    """One entry a feature: its cell, or of an embedding whose numbers stand in cells of their own, the list of them.

    Raises WrongWidth.
    """
    if len(cells) == len(features):
        return list(cells)
    if len(cells) != (whole := width(features)):
        short = len(cells) < min(whole, len(features)) or len(features) < len(cells) < whole
        raise WrongWidth(f"has {len(cells)} {'column' if len(cells) == 1 else 'columns'}", short)
    found, at = [], 0
    for feature in features:
        size = feature.size or 1
        found.append(list(cells[at : at + size]) if feature.size else cells[at])
        at += size
    return found


def width(features: Sequence[Feature]) -> int:
    """Cells of a row in which every number of a vector has one."""
    return sum(feature.size or 1 for feature in features)


def expected(features: Sequence[Feature]) -> str:
    """How wide a row is, in words."""
    if (whole := width(features)) == len(features):
        return f"{whole} values"
    return f"{len(features)} values, each embedding being one list, or {whole}, each of their numbers being one"


def vector(cell: Any, feature: Feature) -> list[Any]:
    """The numbers of an embedding, as they came: from a list, or the text of one. A missing vector is a list of None.

    Raises WrongWidth for another length, ValueError for what is no list.
    """
    if isinstance(cell, str) and cell.strip().startswith("["):
        try:
            cell = orjson.loads(cell)
        except orjson.JSONDecodeError:
            raise ValueError(f"{shown(cell)}, not a list of {feature.size} numbers") from None
    elif feature.size == 1 and not isinstance(cell, list):
        return [cell]
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return [None] * feature.size
    if not isinstance(cell, list):
        raise ValueError(f"{shown(cell)}, not a list of {feature.size} numbers")
    if len(cell) != feature.size:
        found = f"a list of {len(cell)} {'number' if len(cell) == 1 else 'numbers'}, not of {feature.size}"
        raise WrongWidth(found, len(cell) < feature.size)
    return cell


def values_of(feature: Feature, cell: Any, written: bool) -> Sequence[float]:
    """The model's columns of one feature, from a cell of CSV (`written`: its numbers are text) or a value of JSON.

    Raises ValueError that says what was found and is accepted.
    """
    if feature.kind == "text":
        if cell is not None and not isinstance(cell, str):
            raise ValueError(f"{shown(cell)}, not a text")
        return of_text(cell)
    if feature.kind == "boolean":
        try:
            return (boolean(cell),)
        except ValueError as fault:
            raise ValueError(f"{shown(cell)}, {fault}") from None
    if feature.kind == "embedding":
        apart = written and (isinstance(cell, list) or feature.size == 1)
        numbers = vector(cell, feature)
        return numbers if all_fractions(numbers, LARGEST) else [_number(each, apart) for each in numbers]
    return (_number(cell, written),)


def all_fractions(numbers: Sequence[Any], below: float) -> bool:
    """Whether all are floats below a bound: as most vectors are, so that none has to be looked at by itself."""
    return set(map(type, numbers)) == {float} and max(map(abs, numbers)) < below


def _number(cell: Any, written: bool) -> float:
    if cell is None:
        return float("nan")
    if written and isinstance(cell, str):
        found = number(cell)
    elif type(cell) not in (int, float):
        raise ValueError(f"{shown(cell)}, not a number")
    else:
        found = float(cell) if abs(cell) <= LARGEST else float("inf")
    if abs(found) > LARGEST:
        raise ValueError(f"{shown(cell)}, too large for a 32-bit floating-point number")
    return found


def _row(at: int, cells: Sequence[Any], signature: Signature, written: bool) -> list[float]:
    features = signature.features
    try:
        given = parted(cells, features)
    except WrongWidth as fault:
        raise BadBody(f"row {at + 1} {fault}; expected {expected(features)}") from None
    found: list[float] = []
    for feature, cell in zip(features, given, strict=True):
        try:
            found += values_of(feature, cell, written)
        except ValueError as fault:
            raise BadBody(f"row {at + 1}, {feature.name} is {fault}") from None
    return found


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise BadBody(f"the body is not UTF-8 text: byte {fault.start} is {body[fault.start]:#04x}") from None


def _instances(body: bytes) -> list[list[Any]]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise BadBody(f"the body is not JSON: {fault}") from None
    rows = value.get(INSTANCES) if isinstance(value, dict) else None
    if not isinstance(rows, list):
        raise BadBody(f'the body is not of the form {{"{INSTANCES}": [[value, ...], ...]}}')
    for at, row in enumerate(rows):
        if not isinstance(row, list):
            raise BadBody(f"row {at + 1} is {shown(row)}, not a list of values")
    return rows
