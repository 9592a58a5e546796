"""One message of the queue: a budget that is spent, a monitor that failed, a sweep, or something to be refused."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.contracts.batch import JUDGED_AT_MOST, late_look
from core.contracts.budget_letter import BudgetReached
from core.contracts.events import MonitorFailed, NotThisEvent, SweepDue
from core.contracts.ledger import Key
from core.contracts.managed import TYPES
from core.contracts.metrics import MONITOR_FAILURES
from core.names import ModelNames
from lambdas.failures import Refused, Unavailable
from lambdas.govern.budget import watch_budget
from lambdas.govern.ports import Ports
from lambdas.govern.quotas import watch_quotas
from lambdas.log import say
from lambdas.messages import decoded
from lambdas.steps import quarantine

TWO_SWEEPS = timedelta(minutes=30)
"""Of `lambdas/batch`: one may be late."""


def hear(body: str, ports: Ports) -> str:
    """What became of it. A message that is not let in is quarantined and not delivered again."""
    try:
        event = _read(body)
        if isinstance(event, SweepDue):
            return sweep(ports)
        if isinstance(event, MonitorFailed):
            return count_failure(_watched(event, ports), event, ports)
        _check(event, ports)
    except NotThisEvent as reason:
        return quarantine(ports.ledger, body, str(reason))
    return watch_budget(ports, told_on=event.day)


def sweep(ports: Ports) -> str:
    """The budget and the quotas; what fails of one does not keep the other waiting."""
    failed = []
    for look in (watch_budget, watch_quotas):
        try:
            look(ports)
        except (Unavailable, Refused) as reason:
            failed.append(str(reason))
    if failed:
        raise Unavailable("; ".join(failed)[:1000])
    return "SWEPT"


def count_failure(model: str, event: MonitorFailed, ports: Ports) -> str:
    """An alarm counts the failures of each monitor; the run's log and FailureReason say why. One that `lambdas/batch`
    tries again is not counted: it tells people of the last."""
    names, now = ports.names(model), ports.ledger.read(Key.team()).now
    if event.status == MonitorFailed.FAILED and _tried_again(model, event.job, now, ports):
        say("monitor is tried again", model=model, job=event.job)
        return "TRIED AGAIN"
    dimensions = {"Endpoint": names.endpoint, "MonitoringSchedule": names.monitor}
    ports.metrics.publish([MONITOR_FAILURES.datum(1, now, dimensions)])
    say("monitor failed", model=model, job=event.job, status=event.status)
    return "COUNTED"


def _tried_again(model: str, job: str, now: datetime, ports: Ports) -> bool:
    """Whether a run is a look at a batch for late labels, not the last, with two sweeps at least to come."""
    batch, look = ports.policies[model].batch, late_look(ports.names(model), job)
    if batch is None or look is None:
        return False
    due, attempt = look
    return attempt < JUDGED_AT_MOST and now + TWO_SWEEPS <= batch.tried_until(due)


def _read(body: str) -> SweepDue | MonitorFailed | BudgetReached:
    event = decoded(body)
    if isinstance(event, dict):
        if event.get("source") == SweepDue.SOURCE:
            return SweepDue.parse(event)
        if event.get("detail-type") == MonitorFailed.DETAIL_TYPE:
            return MonitorFailed.parse(event)
    return BudgetReached.parse(event)


def _watched(event: MonitorFailed, ports: Ports) -> str:
    """The model whose monitor ran. Raises NotThisEvent for anything that is not this team's."""
    if event.account != ports.home.account:
        raise NotThisEvent(f"the event is from account {event.account!r}, accepted is {ports.home.account}")
    for model in ports.policies:
        if event.schedule in _managed(ports.names(model)):
            return model
        beginning = ports.names(model).monitor_runs
        if event.job.startswith(beginning) and "-" not in event.job.removeprefix(beginning):
            return model
    raise NotThisEvent(f"the job {event.job!r} is no run of this team's {len(ports.policies)} monitors")


def _managed(names: ModelNames) -> set[str]:
    """SageMaker's own schedules of a model, if it has any."""
    return {names.managed_monitor(kind, of_batches) for kind in TYPES for of_batches in (False, True)}


def _check(event: BudgetReached, ports: Ports) -> None:
    home = ports.home
    topic = f"arn:aws:sns:{home.region}:{home.account}:{ports.team.budget_topic}"
    accepted = (topic, home.account, ports.budget_name)
    if (found := (event.topic, event.account, event.budget)) != accepted:
        raise NotThisEvent(f"the letter is of {found}, accepted is {accepted}")
