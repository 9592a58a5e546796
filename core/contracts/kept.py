"""Files that a run leaves for the runs after it, read with care: whatever became of one, they go on without it.

Each function gives the value that a file may hold at a place, and raises ValueError for any other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

MOST = 2**40
"""Larger counts are none: no window has so many rows, and sums of these stay within 64 bits."""


def document(content: str | bytes, version: int) -> dict[str, Any]:
    """A JSON object of this version.

    >>> document(b'{"version": 1, "windows": []}', 1)["windows"]
    []
    """
    try:
        found = json.loads(content)
    except RecursionError:
        raise ValueError("its parts lie too deep in each other") from None
    if not isinstance(found, dict) or found.get("version") != version:
        said = found.get("version") if isinstance(found, dict) else type(found).__name__
        raise ValueError(f"found {said!r}, accepted: an object of version {version}")
    return found


def text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"found {value!r}, accepted: a text")
    return value


def time(value: object) -> datetime:
    """With an offset from UTC: others compare with nothing.

    >>> time("2026-11-20T09:00:00+00:00").hour
    9
    """
    found = datetime.fromisoformat(text(value))
    if found.utcoffset() is None:
        raise ValueError(f"found {value!r}, accepted: a time with an offset from UTC")
    return found


def mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"found {value!r}, accepted: an object")
    return value


def count(value: object) -> int:
    """
    >>> count(3)
    3
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise ValueError(f"found {value!r}, accepted: a whole number from 0 to {MOST}")
    return value


def counts(value: object) -> list[int]:
    """There may be millions of them.

    >>> counts([1, 0, 3])
    [1, 0, 3]
    """
    if not isinstance(value, list):
        raise ValueError(f"found {value!r}, accepted: a list of counts")
    if not set(map(type, value)) <= {int} or (value and not 0 <= min(value) <= max(value) <= MOST):
        raise ValueError(f"found a list with something else, accepted: whole numbers from 0 to {MOST}")
    return value


def shares(value: object) -> dict[str, float]:
    """By name.

    >>> shares({"age": 1})
    {'age': 1.0}
    """
    return {name: _share(one) for name, one in mapping(value).items()}


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:  # NaN is in no range
        raise ValueError(f"found {value!r}, accepted: a number that is not negative")
    return float(value)
