"""background.npy: rows that stand for "nothing is known of this one", for models that are explained by comparison."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from containers.frameworks.files import BACKGROUND

MOST_ROWS = 1000


def read(content: bytes, columns: int) -> NDArray[np.float32]:
    """[rows, columns]. NaN is a missing value, as in a request, but no column may hold nothing else.

    Raises ValueError for anything that is no such matrix; nothing is allocated by what a header claims, and nothing is
    unpickled.
    """
    shape, dtype, start, by_column = _header(content)
    if dtype != np.float32 or len(shape) != 2 or shape[1] != columns or not 1 <= shape[0] <= MOST_ROWS:
        raise ValueError(
            f"{BACKGROUND} holds numbers of type {dtype} and shape {shape}; accepted are 1 to {MOST_ROWS} rows of "
            f"{columns} numbers of type float32"
        )
    if len(content) - start != shape[0] * columns * 4:
        raise ValueError(f"{BACKGROUND} ends early, or goes on after its {shape[0]} rows")
    rows = np.frombuffer(content, np.float32, offset=start).reshape(shape, order="F" if by_column else "C")
    if np.isinf(rows).any():
        raise ValueError(f"{BACKGROUND} holds infinite numbers")
    if (empty := np.isnan(rows).all(axis=0)).any():
        raise ValueError(f"column {int(empty.argmax()) + 1} of {BACKGROUND} has no value in any row")
    return np.ascontiguousarray(rows)


def content(rows: NDArray[np.float32]) -> bytes:
    written = io.BytesIO()
    np.save(written, np.ascontiguousarray(rows, np.float32), allow_pickle=False)
    return written.getvalue()


def _header(content: bytes) -> tuple[tuple[int, ...], np.dtype[np.generic], int, bool]:
    """Shape, type, where the numbers begin, whether they lie column by column."""
    told = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(told)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, by_column, dtype = reader(told)
    except (ValueError, EOFError) as fault:
        raise ValueError(f"{BACKGROUND} is no array of numpy: {fault}") from None
    return shape, dtype, told.tell(), by_column
