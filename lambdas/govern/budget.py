"""Look at what is spent, freeze the start of runs where it is too much, and say so once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from core.contracts.ledger import Key
from core.contracts.metrics import FROZEN, SPEND
from core.governance.notices import budget_spent
from core.governance.spending import Spending, freeze, to_announce
from core.remediation.budget import month_of
from lambdas.govern.ports import Ports
from lambdas.log import say
from lambdas.steps import settled_by_retry


def watch_budget(ports: Ports, told_on: date | None = None) -> str:
    """How it stands: WITHIN or FROZEN. `told_on`: the day of the letter that AWS Budgets wrote.

    A letter is a hint, a forged one as well: what counts is what AWS Budgets answers.
    """
    spending = ports.budget.spending()
    settled_by_retry(lambda: _freeze(spending, ports, told_on))
    settled_by_retry(lambda: _announce(ports))
    reading = ports.ledger.read(Key.team())
    environment = {"Environment": ports.team.prefix}
    frozen = bool(reading.team.no_starts)
    amounts = ((SPEND, spending.actual_usd), (FROZEN, float(frozen)))
    ports.metrics.publish([metric.datum(value, reading.now, environment) for metric, value in amounts])
    say("budget", actual_usd=spending.actual_usd, limit_usd=spending.limit_usd, no_starts=reading.team.no_starts)
    return "FROZEN" if frozen else "WITHIN"


def _freeze(spending: Spending, ports: Ports, told_on: date | None) -> None:
    """Every claim of a run names the team's row that it read, so none passes a freeze that was written before it."""
    reading = ports.ledger.read(Key.team())
    told = told_on is not None and f"{told_on:%Y-%m}" == month_of(reading.now)
    row = freeze(reading.team, spending, ports.freeze_at_percent, reading.now, told=told)
    if row is not None:
        ports.ledger.commit(row)
        say("frozen", why=row.starts_frozen)


def _announce(ports: Ports) -> None:
    reading = ports.ledger.read(Key.team())
    if to_announce(reading.team, reading.now):
        ports.topic.publish(budget_spent(ports.team, reading.team))
        ports.ledger.commit(replace(reading.team, budget_announced=reading.team.budget_month))
