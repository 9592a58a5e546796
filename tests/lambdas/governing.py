"""What governing looks at, in memory: quotas and requests for them, a budget, metrics; over the functions' world."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.contracts.quotas import WatchedQuotas
from core.governance.quotas import Change, Quota, Usage
from core.governance.spending import Spending
from lambdas.failures import Refused
from lambdas.govern.hear import hear
from lambdas.govern.ports import Ports
from lambdas.standings import Found
from tests.lambdas.faults import Faults
from tests.lambdas.world import HOME, MODEL, TEAM, World

GPU = "ml.g5.xlarge for training job usage"
SPOT = "ml.g5.xlarge for spot training job usage"
BUDGET = "demo-dev-0123abcd"
TOPIC = f"arn:aws:sns:{HOME.region}:{HOME.account}:{TEAM.budget_topic}"
USAGE = Usage("AWS/Usage", "ResourceCount", (("Resource", "training-job/ml.g5.xlarge"),), "Maximum")


class FakeQuotas:
    """`lambdas.standings.Quotas`: one open request of a quota at a time, as AWS has it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.values: dict[str, float] = {GPU: 0, SPOT: 0}
        self.fixed: set[str] = set()
        self.requests: dict[str, list[Change]] = {GPU: [], SPOT: []}
        self.refusals: list[Refused] = []
        """What the next requests answer."""

    def find(self, names: Collection[str]) -> Found:
        def effect() -> Found:
            quotas = {n: Quota(n, n, v, n not in self.fixed, USAGE) for n, v in self.values.items() if n in names}
            return Found(quotas, tuple(self.values))

        return self.world.faults.call("quotas.find", effect)

    def changes(self, code: str) -> tuple[Change, ...]:
        return self.world.faults.call("quotas.changes", lambda: tuple(self.requests[code]))

    def ask(self, code: str, desired: float) -> Change:
        return self.world.faults.call("quotas.ask", lambda: self._ask(code, desired))

    def _ask(self, code: str, desired: float) -> Change:
        if self.refusals:
            raise self.refusals.pop(0)
        if any(change.status in ("PENDING", "CASE_OPENED") for change in self.requests[code]):
            raise Refused("ResourceAlreadyExistsException", "Only one open service quota increase request is allowed.")
        assert desired > self.values[code], "never lowered"
        made = Change(f"request-{len(self.requests[code])}", "PENDING", desired, "", self.world.clock.now)
        self.requests[code].append(made)
        return made

    def decide(self, name: str, status: str, case_id: str = "") -> None:
        """What AWS says of the newest request."""
        last = self.requests[name][-1]
        self.requests[name][-1] = Change(last.id, status, last.desired, case_id, last.at)
        if status == "APPROVED":
            self.values[name] = last.desired

    @property
    def asked(self) -> list[tuple[str, float]]:
        return [(name, change.desired) for name, changes in self.requests.items() for change in changes]


@dataclass
class FakeBudget:
    """`lambdas.govern.ports.Budget`."""

    faults: Faults
    actual_usd: float = 0

    def spending(self) -> Spending:
        return self.faults.call("budget.spending", lambda: Spending(self.actual_usd, 200))


@dataclass
class FakeMetrics:
    """`lambdas.govern.ports.Metrics`."""

    faults: Faults
    data: list[Mapping[str, Any]] = field(default_factory=list)
    used: dict[str, float] = field(default_factory=dict)

    def publish(self, data: Sequence[Mapping[str, Any]]) -> None:
        self.faults.call("metrics.publish", lambda: self.data.extend(data))

    def most_used(self, usages: Mapping[str, Usage], now: datetime) -> dict[str, float]:
        found = {name: value for name, value in self.used.items() if name in usages}
        return self.faults.call("metrics.most_used", lambda: found)

    def newest(self, name: str, quota: str = "") -> float | None:
        """Newest value of a metric."""
        values = [
            datum["Value"]
            for datum in self.data
            if datum["MetricName"] == name and (not quota or quota in {each["Value"] for each in datum["Dimensions"]})
        ]
        return values[-1] if values else None


@dataclass
class FakeWatchList:
    """`lambdas.govern.ports.WatchList`."""

    wanted: dict[str, int] = field(default_factory=dict)

    def read(self) -> WatchedQuotas:
        return WatchedQuotas(dict(self.wanted))


class Governed:
    """The world with a budget of 200 USD, which freezes at 100 %, and no quotas wanted."""

    def __init__(self) -> None:
        self.world = World()
        self.budget = FakeBudget(self.world.faults)
        self.metrics = FakeMetrics(self.world.faults)
        self.watch_list = FakeWatchList()
        self.quotas = FakeQuotas(self.world)

    @property
    def ports(self) -> Ports:
        w = self.world
        shared = (TEAM, HOME, {MODEL: w.policy}, w.ledger, w.topic)
        return Ports(*shared, BUDGET, 100, self.budget, self.metrics, self.watch_list, self.quotas)

    def govern(self, body: str) -> str:
        return hear(body, self.ports)

    def letter(self, **lines: str) -> str:
        """What the queue gets when AWS Budgets has written to the topic today."""
        return envelope(letter(self.world.clock.now, **lines))

    def next_month(self) -> None:
        self.world.clock.now = (self.world.clock.now.replace(day=1) + timedelta(days=40)).replace(day=3)


def letter(now: datetime, **changed: str) -> str:
    """As AWS writes it; `changed` are values by the names of their lines, with underscores for spaces."""
    lines = {
        "AWS Budget Notification": f"{now:%B %d, %Y}",
        "AWS Account": HOME.account,
        "Budget Name": BUDGET,
        "Budget Type": "Cost",
        "Budgeted Amount": "$200.00",
        "Alert Type": "ACTUAL",
        "Alert Threshold": "> $200.00",
        "ACTUAL Amount": "$210.00",
    } | {name.replace("_", " "): value for name, value in changed.items()}
    head = [f"{name} {lines.pop(name)}" for name in ("AWS Budget Notification", "AWS Account")]
    about = f"the ACTUAL Cost associated with your {lines['Budget Name']} budget is greater than"
    body = f"Dear AWS Customer,\n\nYou requested that we alert you when {about} $200.00 for the current month."
    return "\n".join([*head, "", body, "", *(f"{name}: {value}" for name, value in lines.items()), "", "[1] https://"])


def envelope(message: str, topic: str = TOPIC) -> str:
    return json.dumps({"Type": "Notification", "MessageId": "1", "TopicArn": topic, "Subject": "s", "Message": message})
