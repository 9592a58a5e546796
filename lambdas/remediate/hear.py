"""One message of the queue: an alarm, a run that is asked for, a sweep that is due, or something to be refused."""

from __future__ import annotations

from core.contracts.alarms import SILENCE, Watched, is_of_batch
from core.contracts.events import AlarmRaised, NotThisEvent, SweepDue
from core.contracts.ledger import Key
from core.contracts.requests import RetrainingAsked, RetrainingDue
from core.remediation.episode import DEMAND, SCHEDULE, Cause, demanded
from core.remediation.intake import admitted, wanted
from core.remediation.parts import Request
from lambdas.messages import decoded
from lambdas.remediate.advance import Call, advance
from lambdas.remediate.ports import Ports
from lambdas.remediate.sweep import silence_of, sweep
from lambdas.steps import quarantine

Event = AlarmRaised | RetrainingDue | RetrainingAsked | SweepDue


def hear(body: str, ports: Ports) -> str:
    """How the episode stands. An event that is not let in is quarantined and not delivered again."""
    try:
        event = _read(body)
        if isinstance(event, SweepDue):
            return sweep(ports)
        call = _raised(event, ports) if isinstance(event, AlarmRaised) else _asked(event, ports)
    except NotThisEvent as reason:
        return quarantine(ports.ledger, body, str(reason))
    return advance(call, ports)


def _read(body: str) -> Event:
    """Raises NotThisEvent."""
    event = decoded(body)
    if not isinstance(event, dict) or event.get("source") != SweepDue.SOURCE:
        return AlarmRaised.parse(event)
    match event.get("detail-type"):
        case RetrainingDue.DETAIL_TYPE:
            return RetrainingDue.parse(event)
        case RetrainingAsked.DETAIL_TYPE:
            return RetrainingAsked.parse(event)
        case _:
            return SweepDue.parse(event)


def _raised(alarm: AlarmRaised, ports: Ports) -> Call:
    ages = {model: policy.retrain.event_age_s for model, policy in ports.policies.items()}
    about = admitted(alarm, ports.home, ports.watched, ports.ledger.read(Key.team()).now, ages)
    return Call(_cause(alarm, about, ports), about.model, about.trouble, alarm.reason, alarm=alarm.name)


def _cause(alarm: AlarmRaised, about: Watched, ports: Ports) -> Cause:
    """The transition; but one silence of the monitor is one episode, whether its alarm or a sweep notices it."""
    of_batches = is_of_batch(ports.names(about.model), alarm.arn)
    if about.trouble == SILENCE and not of_batches and (silence := silence_of(ports.policies[about.model], ports)):
        return silence
    return Cause(alarm.arn, alarm.at)


def _asked(event: RetrainingDue | RetrainingAsked, ports: Ports) -> Call:
    """A due time, or a request, is one episode however often it is delivered."""
    policy = wanted(event, ports.by_endpoint, ports.ledger.read(Key.team()).now)
    model = policy.model
    if isinstance(event, RetrainingDue):
        days = policy.retrain.every_days
        cause = Cause(ports.names(model).retraining, event.at)
        request = Request(by="the schedule", train_on="all", recent_days=days)
        return Call(cause, model, SCHEDULE, f"A run is due every {days} days.", request=request)
    cause = demanded(event.endpoint, event.id, event.at)
    request = Request(by=event.by, train_on=event.train_on, recent_days=event.recent_days, without=event.without)
    return Call(cause, model, DEMAND, event.why, request=request)
