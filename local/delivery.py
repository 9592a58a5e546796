"""Deliver with retries, as EventBridge and its Scheduler do, and keep in a dead-letter queue what could not be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.contracts import dead_letters
from local import clock, settings

FIRST_PAUSE_S, LONGEST_PAUSE_S = 30.0, 900.0
"""Simulated seconds between attempts; AWS backs off exponentially and does not say how long."""

Attributes = dict[str, dict[str, str]]


class Undelivered(Exception):
    """One attempt failed. `again` says whether another may succeed: a missing target or permission stays missing."""

    def __init__(self, code: str, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.code, self.message, self.again = code, message, again


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` after the first one, as long as the event is younger than `age_s` simulated seconds."""

    attempts: int = 185
    age_s: float = 86400.0

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> RetryPolicy:
        told, default = target.get("RetryPolicy") or {}, cls()
        return cls(
            attempts=int(told.get("MaximumRetryAttempts", default.attempts)),
            age_s=float(told.get("MaximumEventAgeInSeconds", default.age_s)),
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """What is left when a delivery is given up; `exhausted` names the limit that ended it, if one did."""

    code: str
    message: str
    retries: int
    exhausted: str | None

    def attributes(self, **more: str) -> Attributes:
        """Message attributes of the dead letter, with AWS's names."""
        texts = {
            dead_letters.CODE: self.code,
            dead_letters.MESSAGE: self.message,
            "RETRY_ATTEMPTS": str(self.retries),
            **({"EXHAUSTED_RETRY_CONDITION": self.exhausted} if self.exhausted else {}),
            **more,
        }
        return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}


def deliver(attempt: Callable[[int], None], policy: RetryPolicy) -> Failure | None:
    """Call `attempt(1)`, `attempt(2)`, ... until one does not raise Undelivered; None where one did not.

    Blocks for the simulated time of the pauses.
    """
    accepted = clock.epoch()
    for number in range(1, policy.attempts + 2):
        try:
            attempt(number)
        except Undelivered as undelivered:
            last = undelivered
        else:
            return None
        if not last.again:
            return Failure(last.code, last.message, number - 1, None)
        pause = min(FIRST_PAUSE_S * 2 ** (number - 1), LONGEST_PAUSE_S)
        if number <= policy.attempts and clock.epoch() + pause - accepted > policy.age_s:
            return Failure(last.code, last.message, number - 1, "MaximumEventAgeInSeconds")
        if number <= policy.attempts:
            clock.sleep(pause)
    return Failure(last.code, last.message, policy.attempts, "MaximumRetryAttempts")


def queue_url(arn: str) -> str:
    """URL of the queue with this ARN."""
    account, name = arn.split(":")[4:6]
    return f"{settings.current().url}/{account}/{name}"
