"""What governing needs beside the ledger and the topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from core.contracts.quotas import WatchedQuotas
from core.governance.quotas import Usage
from core.governance.spending import Spending
from lambdas.ports import TeamPorts
from lambdas.standings import Quotas


class Budget(Protocol):
    """The environment's budget in AWS Budgets."""

    def spending(self) -> Spending:
        """Of this month. Raises Unavailable, Refused."""


class Metrics(Protocol):
    """CloudWatch's metrics. Both raise Unavailable, Refused."""

    def publish(self, data: Sequence[Mapping[str, Any]]) -> None:
        """Entries as `core.contracts.metrics.Metric.datum` makes them."""

    def most_used(self, usages: Mapping[str, Usage], now: datetime) -> dict[str, float]:
        """By name, the most that was in use at one time within the last hour; without those that have no data."""


class WatchList(Protocol):
    """The quotas that the team's file names, and those that its models need."""

    def read(self) -> WatchedQuotas:
        """Raises Unavailable, Refused."""


@dataclass(frozen=True, slots=True)
class Ports(TeamPorts):
    """Everything outside."""

    budget_name: str
    freeze_at_percent: int
    budget: Budget
    metrics: Metrics
    watch_list: WatchList
    quotas: Quotas
