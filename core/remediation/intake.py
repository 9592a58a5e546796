"""Which events are let in: of this team, about an alarm that it watches, neither too old nor from the future."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.contracts.alarms import Watched
from core.contracts.events import AlarmRaised, NotThisEvent

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
    age = now - alarm.at
    if age > timedelta(seconds=age_s[about.model]):
        raise NotThisEvent(f"the event is {age} old; accepted are {age_s[about.model]} seconds")
    if age < -SKEW:
        raise NotThisEvent(f"the event is {-age} ahead of the ledger's clock; accepted are {SKEW}")
    return about
