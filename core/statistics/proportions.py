"""Whether something is more frequent in one set of rows than in another."""

from __future__ import annotations

import math


def excess(count: int, rows: int, before: int, rows_before: int) -> float:
    """2 (asin sqrt(p) - asin sqrt(q)) / sqrt(1/n + 1/m), with p = count / n now and q = before / m: how many standard
    errors the share grew by. 0 without rows of either.

    In place of (p - q) over its own error, which calls one event in a hundred rows beyond chance where none is
    expected: on this scale the error does not depend on the share.

    >>> round(excess(10, 100, 100, 1000), 3), round(excess(30, 100, 100, 1000), 2), excess(5, 0, 0, 10)
    (0.0, 4.92, 0.0)

    Source: Cohen, Statistical Power Analysis for the Behavioral Sciences (1988), section 6.2; Freeman & Tukey,
    Transformations related to the angular and the square root (1950).
    """
    if not rows or not rows_before:
        return 0.0
    now, then = (math.asin(math.sqrt(part / whole)) for part, whole in ((count, rows), (before, rows_before)))
    return 2 * (now - then) / math.sqrt(1 / rows + 1 / rows_before)
