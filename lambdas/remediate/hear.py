"""One message of the queue: an alarm that was raised, a sweep that is due, or something to be refused."""

from __future__ import annotations

from core.contracts.alarms import SILENCE, Watched
from core.contracts.events import AlarmRaised, NotThisEvent, SweepDue
from core.contracts.ledger import Key
from core.remediation.episode import Cause
from core.remediation.intake import admitted
from lambdas.messages import decoded
from lambdas.remediate.advance import Call, advance
from lambdas.remediate.ports import Ports
from lambdas.remediate.sweep import silence_of, sweep
from lambdas.steps import quarantine


def hear(body: str, ports: Ports) -> str:
    """How the episode stands. An event that is not let in is quarantined and not delivered again."""
    try:
        alarm = _alarm(body)
        if alarm is None:
            return sweep(ports)
        about = _about(alarm, ports)
    except NotThisEvent as reason:
        return quarantine(ports.ledger, body, str(reason))
    cause = _cause(alarm, about, ports)
    return advance(Call(cause, about.model, about.trouble, alarm.reason), ports)


def _alarm(body: str) -> AlarmRaised | None:
    """None for a sweep. Raises NotThisEvent."""
    event = decoded(body)
    if isinstance(event, dict) and event.get("source") == SweepDue.SOURCE:
        SweepDue.parse(event)
        return None
    return AlarmRaised.parse(event)


def _cause(alarm: AlarmRaised, about: Watched, ports: Ports) -> Cause:
    """The transition; but one silence is one episode, whether its alarm or a sweep notices it."""
    if about.trouble == SILENCE and (silence := silence_of(ports.policies[about.model], ports)):
        return silence
    return Cause(alarm.arn, alarm.at)


def _about(alarm: AlarmRaised, ports: Ports) -> Watched:
    ages = {model: policy.retrain.event_age_s for model, policy in ports.policies.items()}
    return admitted(alarm, ports.home, ports.watched, ports.ledger.read(Key.team()).now, ages)
