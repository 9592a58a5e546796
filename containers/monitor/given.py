"""Captured requests of a model that takes more than plain numbers, taken apart as far as they can be known.

The server refuses a body with one bad cell (`containers.given`); here it is told what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from containers.derived import boolean, of_text
from containers.given import WrongWidth, all_fractions, csv_rows, parted, vector
from containers.many_languages import languages
from containers.monitor.cells import PLAIN, Cells, as_number, rounded, shown, without_texts
from containers.monitor.payloads import Rows, Unreadable, content, instances
from containers.numbers import BEYOND
from containers.payload import BadBody
from core.contracts.capture import Payload
from core.contracts.signature import Feature


def given_rows(payload: Payload, features: Sequence[Feature]) -> Rows:
    """Rows with one entry a feature; of an embedding the list of its numbers, or a text that is none.

    Raises Unreadable for a body that has no rows.
    """
    form, text = content(payload)
    try:
        rows = list(csv_rows(text.removeprefix("\ufeff"))) if form == "csv" else instances(text)
    except BadBody as fault:
        raise Unreadable(str(fault)) from fault
    if not rows:
        raise Unreadable("the body is empty")
    found, short, long = [], 0, 0
    for cells in rows:
        try:
            found.append([_whole(each, cell) for each, cell in zip(features, parted(cells, features), strict=True)])
        except WrongWidth as fault:
            short += fault.short
            long += not fault.short
    return Rows(form, found, short, long)


def from_given(rows: Sequence[Sequence[Any]], features: Sequence[Feature]) -> Cells:
    """The model's columns of rows that `given_rows` found."""
    columns = sum(len(feature.columns) for feature in features)
    texts: dict[int, list[str]] = {}
    spoken = [at for at, feature in enumerate(features) if feature.kind == "text"]
    told = languages(row[at] for row in rows for at in spoken if row[at] and isinstance(row[at], str))
    values = np.array([_values(row, features, texts, told) for row in rows], np.float64).reshape(len(rows), columns)
    return without_texts(rounded(values), texts)


def _whole(feature: Feature, cell: Any) -> Any:
    if feature.kind != "embedding":
        return cell
    try:
        return vector(cell, feature)
    except WrongWidth:
        raise
    except ValueError:
        return shown(cell)


def _values(
    row: Sequence[Any], features: Sequence[Feature], texts: dict[int, list[str]], told: Mapping[str, str]
) -> list[float]:
    found: list[float] = []
    for feature, cell in zip(features, row, strict=True):
        if feature.kind == "text":
            found += _of_text(cell, texts, len(found), told)
        elif feature.kind == "embedding":
            found += _vector(cell, feature, texts, len(found))
        elif feature.kind == "boolean":
            found.append(_boolean(cell, texts, len(found)))
        else:
            found.append(_number(cell, texts, len(found)))
    return found


def _vector(cell: Any, feature: Feature, texts: dict[int, list[str]], column: int) -> Sequence[float]:
    numbers: list[Any] = cell if isinstance(cell, list) else [cell, *[None] * (feature.size - 1)]
    if all_fractions(numbers, BEYOND):
        return numbers
    if (read := _read(numbers)) is not None:
        return read
    return [_number(each, texts, column + at) for at, each in enumerate(numbers)]


def _read(cells: list[Any]) -> list[float] | None:
    """Numbers that stand in cells of their own, where a JSON parser reads each as what it is; else None."""
    if set(map(type, cells)) != {str} or not PLAIN.fullmatch(joined := ",".join(cells)):
        return None
    try:
        found: list[float] = orjson.loads(f"[{joined}]")
    except orjson.JSONDecodeError:
        return None
    return found if len(found) == len(cells) and max(map(abs, found)) < BEYOND else None


def _of_text(cell: Any, texts: dict[int, list[str]], column: int, told: Mapping[str, str]) -> Sequence[float]:
    if cell is None or isinstance(cell, str):
        return of_text(cell, told.__getitem__)
    texts.setdefault(column, []).append(shown(cell))  # a number where a text belongs
    return of_text(None)


def _boolean(cell: Any, texts: dict[int, list[str]], column: int) -> float:
    try:
        return boolean(cell)
    except ValueError:
        return _number(cell, texts, column)  # 2 is a category that the model does not know, as is any text


def _number(cell: Any, texts: dict[int, list[str]], column: int) -> float:
    """Infinite where the cell holds a text."""
    value = as_number(cell)
    if abs(value) >= BEYOND:
        texts.setdefault(column, []).append(shown(cell))
        return float("inf")
    return value
