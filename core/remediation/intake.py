"""Which events are let in: of this team, about an alarm or a model of its own, neither too old nor from the future."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.contracts.alarms import Watched
from core.contracts.events import AlarmRaised, NotThisEvent
from core.contracts.policy import ModelPolicy
from core.contracts.requests import RetrainingAsked, RetrainingDue

SKEW = timedelta(minutes=15)
"""Clocks of two services differ by less."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where this team environment lives."""

    account: str
    region: str


def alarm_arn(home: Home, name: str) -> str:
    return f"arn:aws:cloudwatch:{home.region}:{home.account}:alarm:{name}"


def admitted(
    alarm: AlarmRaised, home: Home, watched: Mapping[str, Watched], now: datetime, age_s: Mapping[str, int]
) -> Watched:
    """What the alarm is about. `age_s` is, for each model, the age from which its events are too old.

    Raises NotThisEvent, which says what was found and what is accepted.
    """
    found = (alarm.account, alarm.region)
    if found != (home.account, home.region):
        raise NotThisEvent(f"the event is from {found}, accepted is {(home.account, home.region)}")
    about = watched.get(alarm.name)
    if about is None:
        raise NotThisEvent(f"the alarm {alarm.name[:80]!r} is none of the {len(watched)} that this team watches")
    if alarm.arn != alarm_arn(home, alarm.name):
        raise NotThisEvent(f"the alarm's ARN is {alarm.arn[:120]!r}, expected {alarm_arn(home, alarm.name)!r}")
    _timely(alarm.at, now, age_s[about.model])
    return about


def wanted(event: RetrainingDue | RetrainingAsked, policies: Mapping[str, ModelPolicy], now: datetime) -> ModelPolicy:
    """The policy of the model that a run is asked for; `policies` are by their endpoints. Raises NotThisEvent."""
    policy = known(event.endpoint, policies)
    _timely(event.at, now, policy.retrain.event_age_s)
    if isinstance(event, RetrainingDue) and not policy.retrain.every_days:
        raise NotThisEvent(f"{policy.model!r} is not retrained on a schedule")
    if isinstance(event, RetrainingAsked):
        features = policy.signature.names
        unknown = [name for name in event.without if name not in features]
        if unknown or len(event.without) >= len(features):
            raise NotThisEvent(f"without {event.without!r}: accepted are some, not all, of {', '.join(features)}")
    return policy


def known(endpoint: str, policies: Mapping[str, ModelPolicy]) -> ModelPolicy:
    """Raises NotThisEvent for an endpoint that is not this team's."""
    policy = policies.get(endpoint)
    if policy is None:
        raise NotThisEvent(f"{endpoint[:80]!r} is none of the {len(policies)} endpoints of this team")
    return policy


def _timely(at: datetime, now: datetime, age_s: int) -> None:
    age = now - at
    if age > timedelta(seconds=age_s):
        raise NotThisEvent(f"the event is {age} old; accepted are {age_s} seconds")
    if age < -SKEW:
        raise NotThisEvent(f"the event is {-age} ahead of the ledger's clock; accepted are {SKEW}")
