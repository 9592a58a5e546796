"""Calls that go wrong: lost before they have an effect or after it, or with the whole process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeVar

from lambdas.failures import Unavailable

Answer = TypeVar("Answer")


class Crash(Exception):
    """The process was killed."""


class Fault(Enum):
    """What happens to one call."""

    REQUEST_LOST = "throttled, or lost before it had an effect"
    REPLY_LOST = "done, but nobody heard"
    CRASH_BEFORE = "killed before it"
    CRASH_AFTER = "killed after it"


class Faults:
    """Counts the calls from 0 and spoils those of the plan."""

    def __init__(self, plan: Mapping[int, Fault] | None = None) -> None:
        self.plan = dict(plan or {})
        self.calls: list[str] = []
        self.pause: Callable[[str], None] = lambda name: None
        """Called before each call; tests of concurrency hand the turn to another handler here."""

    def call(self, name: str, effect: Callable[[], Answer]) -> Answer:
        fault = self.plan.get(len(self.calls))
        self.calls.append(name)
        self.pause(name)
        if fault is Fault.CRASH_BEFORE:
            raise Crash(name)
        if fault is Fault.REQUEST_LOST:
            raise Unavailable(f"{name}: ThrottlingException")
        answer = effect()
        if fault is Fault.CRASH_AFTER:
            raise Crash(name)
        if fault is Fault.REPLY_LOST:
            raise Unavailable(f"{name}: read timeout")
        return answer
