"""What runs cost, in whole cents of one month."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

from core.remediation.rows import ModelRow


def cents(usd: float) -> int:
    """Whole cents, rounded up: a cost is never counted as less than it is.

    >>> cents(0.101), cents(100)
    (11, 10000)
    """
    return math.ceil(round(usd * 100, 6))


def month_of(now: datetime) -> str:
    return f"{now:%Y-%m}"


def spent_cents(model: ModelRow, now: datetime) -> int:
    """Cost of the starts of the current month: what their jobs were billed, and estimates where that is not known."""
    return model.spent_cents if model.month == month_of(now) else 0


def corrected(model: ModelRow, month: str, estimate: int, actual: int) -> ModelRow:
    """A run of that month was counted with `estimate` cents and cost `actual`: never more is counted than before."""
    if model.month != month or actual >= estimate:
        return model
    return replace(model, spent_cents=max(0, model.spent_cents - (estimate - actual)))
