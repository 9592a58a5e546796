"""What must hold between columns of one row, and how old a row may be.

Values are rounded to 32 bits, as the model sees them, so a rule's number is rounded as well before it is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.contracts.policy import Freshness, Rule
from core.statistics.distances import Floats

Flags = NDArray[np.bool_]

COMPARED: Mapping[str, Callable[[Floats, Floats], Flags]] = {
    "<": np.less,
    "<=": np.less_equal,
    "==": np.equal,
    "!=": np.not_equal,
    ">=": np.greater_equal,
    ">": np.greater,
}


def broken(rule: Rule, rows: Floats, columns: Sequence[str]) -> Flags:
    """Rows [rows, features] that break the rule; one in which a side is missing breaks none.

    >>> broken(Rule("start", "<=", "end"), np.array([[1.0, 2.0], [3.0, 2.0], [np.nan, 2.0]]), ["start", "end"]).tolist()
    [False, True, False]
    """
    left = rows[:, columns.index(rule.left)]
    right = rows[:, columns.index(rule.right)] if isinstance(rule.right, str) else _everywhere(rule.right, len(rows))
    known = ~np.isnan(left) & ~np.isnan(right)
    return known & ~COMPARED[rule.is_](left, right)


def late(freshness: Freshness, rows: Floats, times: Floats, columns: Sequence[str]) -> Flags:
    """Rows whose own time, in seconds since 1970, lies more than the allowed hours before their request.

    32 bits hold the times of these years in steps of 128 seconds: a row is late where every time that it may have told
    is. A row without a time is not late: that is a matter of completeness.
    """
    own = rows[:, columns.index(freshness.feature)]
    with np.errstate(invalid="ignore"):
        half = np.spacing(np.abs(own).astype(np.float32)).astype(np.float64) / 2
        return np.asarray(times - (own + half) > freshness.hours * 3600)


def _everywhere(number: float, rows: int) -> Floats:
    """As a column would hold it; what 32 bits do not hold is infinite."""
    with np.errstate(over="ignore"):
        return np.full(rows, np.float32(number), np.float64)
