"""The cells of rows, as numbers: from CSV and from JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from core.statistics.distances import Floats

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
PLAIN = re.compile(r"[0-9+\-.eE,]*", re.ASCII)
"""Text that a JSON parser, several times faster than `float` for each cell, either reads as numbers or refuses."""
MISSING = ("", "nan")
"""As the serving container reads them, in any case."""


@dataclass(frozen=True, slots=True)
class Cells:
    """`values` is a matrix [rows, columns], NaN where a cell holds no finite number.

    Numbers are rounded to 32 bits, as the model sees them: else the same value would fall into different bins
    depending on the way it came. `texts` lists, by column, what cells hold that are not missing and yet no number
    that 32 bits can hold; `wrong` says which cells these are, and is None where there are none.
    """

    values: Floats
    texts: dict[int, list[str]]
    wrong: NDArray[np.bool_] | None = None

    def wrong_in(self, column: int) -> NDArray[np.bool_] | None:
        """Of one column."""
        return None if self.wrong is None else self.wrong[:, column]


def without_texts(values: Floats, texts: dict[int, list[str]]) -> Cells:
    """Of values that are infinite where a cell holds one of `texts`."""
    wrong = np.isinf(values)
    if not wrong.any():
        return Cells(values, texts)
    return Cells(np.where(wrong, np.nan, values), texts, wrong)


def together(some: Sequence[Cells]) -> Cells:
    """Cells of rows that follow each other."""
    columns = {column for each in some for column in each.texts}
    texts = {column: [text for each in some for text in each.texts.get(column, [])] for column in columns}
    values = np.concatenate([each.values for each in some])
    if all(each.wrong is None for each in some):
        return Cells(values, texts)
    flags = [np.zeros(each.values.shape, np.bool_) if each.wrong is None else each.wrong for each in some]
    return Cells(values, texts, np.concatenate(flags))


def from_csv(lines: Sequence[str], columns: int) -> Cells:
    """Lines of which each has `columns` cells.

    An empty cell and nan are missing.

    >>> cells = from_csv(["1,2", ",x", "3e2,1e999"], 2)
    >>> cells.values.tolist(), cells.texts
    ([[1.0, 2.0], [nan, nan], [300.0, nan]], {1: ['x', '1e999']})
    """
    joined = ",".join(lines)
    if PLAIN.fullmatch(joined):
        try:
            numbers = orjson.loads(f"[{joined.replace(',,', ',null,').replace(',,', ',null,')}]")
        except ValueError:  # a cell like "1-2", "+1" or "1e999", or an empty one at either end
            pass
        else:
            values = rounded(np.array(numbers, dtype=np.float64))
            if not np.isinf(values).any():
                return Cells(values.reshape(len(lines), columns), {})
    return _cell_by_cell([line.split(",") for line in lines], columns)


def from_json(rows: Sequence[Sequence[object]], columns: int) -> Cells:
    """Rows of which each has `columns` values. Null is missing; true and false are texts, since CSV has neither.

    >>> from_json([[1, None], ["2", True]], 2).values.tolist()
    [[1.0, nan], [2.0, nan]]
    """
    if {type(cell) for row in rows for cell in row} <= {int, float}:
        try:
            values = rounded(np.array(rows, dtype=np.float64))
        except OverflowError:  # an integer of hundreds of digits
            return _cell_by_cell(rows, columns)
        if not np.isinf(values).any():
            return Cells(values.reshape(len(rows), columns), {})
    return _cell_by_cell(rows, columns)


def rounded(values: Floats) -> Floats:
    """To 32 bits; what does not fit becomes infinite, and zero has no sign."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32).astype(np.float64) + 0.0


def _cell_by_cell(rows: Sequence[Sequence[object]], columns: int) -> Cells:
    values = rounded(np.array([[as_number(cell) for cell in row] for row in rows], float).reshape(len(rows), columns))
    texts: dict[int, list[str]] = {}
    for row, column in np.argwhere(np.isinf(values)).tolist():
        texts.setdefault(column, []).append(shown(rows[row][column]))
    return without_texts(values, texts)


def as_number(cell: object) -> float:
    """NaN for a missing cell, infinity for one that is neither missing nor a number."""
    if cell is None:
        return np.nan
    if isinstance(cell, str):
        text = cell.strip()
        if text.lower() in MISSING:
            return np.nan
        return float(text) if NUMBER.fullmatch(text) else np.inf
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        try:
            return float(cell)
        except OverflowError:
            return np.inf
    return np.inf


def shown(cell: object) -> str:
    """The first characters, without halves of surrogate pairs, which no file can hold."""
    return str(cell)[:64].encode("utf-8", "replace").decode("utf-8")
