"""One number in a cell of CSV, as requests, data sets and labels hold it; no more than numpy is needed to read it."""

from __future__ import annotations

import math
import re

BEYOND = 2.0**128 - 2.0**103
"""From here on a number becomes infinite in 32 bits, which is what a tree compares with: half a step above the largest
that they hold, 3.4028234663852886e38. Whoever writes that one in eight digits writes 3.4028235e38."""
LARGEST = math.nextafter(BEYOND, 0)
"""That 32 bits hold, once it is rounded to them."""
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)


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
