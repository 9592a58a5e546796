"""What must hold between columns of one row, and how old a row may be."""

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
    right = rows[:, columns.index(rule.right)] if isinstance(rule.right, str) else np.full(len(rows), rule.right)
    known = ~np.isnan(left) & ~np.isnan(right)
    return known & ~COMPARED[rule.is_](left, right)


def late(freshness: Freshness, rows: Floats, times: Floats, columns: Sequence[str]) -> Flags:
    """Rows whose own time, in seconds since 1970, lies more than the allowed hours before their request.

    A row without a time is not late: that is a matter of completeness.
    """
    own = rows[:, columns.index(freshness.feature)]
    with np.errstate(invalid="ignore"):
        return np.asarray(times - own > freshness.hours * 3600)
