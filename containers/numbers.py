"""One number in a cell of CSV, as requests, data sets and labels hold it; no more than numpy is needed to read it."""

from __future__ import annotations

import math
import re

LARGEST = 3.4028234e38
"""Of a 32-bit floating-point number: what a tree compares with."""
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def number(text: str) -> float:
    """A cell of CSV; NaN where it is empty or `nan`. Raises ValueError for anything else that is not a number.

    >>> number(" -1.5e3"), number("")
    (-1500.0, nan)
    """
    text = text.strip()
    if not text or text.lower() == "nan":
        return math.nan
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{shown(text)}, not a number")
    return float(text)


def shown(value: object) -> str:
    """For a message: of what is long, its beginning."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
