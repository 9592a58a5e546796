"""What the environment has spent of its budget, and when that freezes the start of runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from core.remediation.budget import month_of
from core.remediation.rows import TeamRow


@dataclass(frozen=True, slots=True)
class Spending:
    """This month's costs and limit, as AWS Budgets has calculated them."""

    actual_usd: float
    limit_usd: float

    def reaches(self, percent: int) -> bool:
        """Whether this share of the budget is spent.

        >>> Spending(200, 200).reaches(100), Spending(199.99, 200).reaches(100)
        (True, False)
        """
        return self.actual_usd * 100 >= self.limit_usd * percent

    def __str__(self) -> str:
        return f"{self.actual_usd:.2f} of {self.limit_usd:.2f} USD"


def freeze(row: TeamRow, spending: Spending, percent: int, now: datetime, *, told: bool) -> TeamRow | None:
    """The row that freezes starts, or None where nothing is to be written.

    Once a month: where a person has lifted it, starts stay free until the next month. It does not end by itself with
    the month. `told`: AWS Budgets has just written. Without that the month's first day proves nothing, because its
    figures are up to a day old and may be the last month's.
    """
    month = month_of(now)
    if row.budget_month == month or not spending.reaches(percent) or (now.day == 1 and not told):
        return None
    why = f"{spending} of {now:%B %Y} are spent; starts are frozen from {percent} % on."
    return replace(row, starts_frozen=why, budget_month=month)


def to_announce(row: TeamRow, now: datetime) -> bool:
    """Whether people have not heard yet of a freeze that stands and was made this month."""
    return bool(row.starts_frozen) and row.budget_month == month_of(now) != row.budget_announced
