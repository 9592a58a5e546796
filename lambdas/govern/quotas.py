"""Look at the quotas: ask for what is still missing, publish how they stand, and say what is new once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.contracts.ledger import Key
from core.contracts.metrics import QUOTA_LIMIT, QUOTA_USED, QUOTA_USED_PERCENT, QUOTA_WANTED
from core.contracts.quotas import State
from core.governance.notices import WORTH_SAYING, quota_changed
from core.governance.quotas import Standing
from core.remediation.rows import QuotaRow
from lambdas.govern.ports import Ports
from lambdas.log import say
from lambdas.standings import look
from lambdas.steps import settled_by_retry


def watch_quotas(ports: Ports) -> str:
    """Each quota's figures become metrics, and one line of the log, which the team's dashboard shows as a table."""
    looked = look(ports.watch_list.read().wanted, ports.quotas)
    now = ports.ledger.read(Key.team()).now
    usages = {name: quota.usage for name, quota in looked.quotas.items() if quota.usage is not None}
    used = ports.metrics.most_used(usages, now) if usages else {}
    data = [datum for each in looked.standings for datum in _data(each, used.get(each.name), ports.team.prefix, now)]
    if data:
        ports.metrics.publish(data)
    for each in looked.standings:
        facts: Mapping[str, Any] = {"has": each.value, "wanted": each.wanted, "used": used.get(each.name)}
        say("quota", quota=each.name, state=each.state, **facts, case_id=each.case_id or "none", why=each.why)
        if each.wanted:
            settled_by_retry(lambda standing=each: _tell(standing, ports))  # type: ignore[misc]
    return f"{len(looked.standings)} quotas"


def _data(standing: Standing, used: float | None, environment: str, now: datetime) -> Iterator[dict[str, Any]]:
    dimensions = {"Environment": environment, "Quota": standing.name}
    yield QUOTA_WANTED.datum(standing.wanted, now, dimensions)
    if standing.value is not None:
        yield QUOTA_LIMIT.datum(standing.value, now, dimensions)
    if used is not None:
        yield QUOTA_USED.datum(used, now, dimensions)
        if standing.value:
            yield QUOTA_USED_PERCENT.datum(100 * used / standing.value, now, dimensions)


def _tell(standing: Standing, ports: Ports) -> None:
    """The row is written first: who finds a change that was not announced announces it."""
    reading = ports.ledger.read(Key.quota(standing.name))
    row = reading.rows.get(Key.quota(standing.name))
    before = row if isinstance(row, QuotaRow) else None
    if standing.state is State.LATER:
        return
    at = (standing.state, int(standing.wanted), standing.case_id)
    if before is None or (before.state, before.wanted, before.case_id) != at:
        quiet = standing.state not in WORTH_SAYING or (standing.state is State.ENOUGH and before is None)
        revision = before.revision if before else 0
        now = QuotaRow(
            name=standing.name,
            state=standing.state,
            wanted=int(standing.wanted),
            case_id=standing.case_id,
            since=reading.now,
            announced=quiet,
            revision=revision,
        )
        ports.ledger.commit(now)
        before = replace(now, revision=revision + 1)
    if not before.announced:
        ports.topic.publish(quota_changed(ports.team, standing))
        ports.ledger.commit(replace(before, announced=True))
