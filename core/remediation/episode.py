"""The identity of an episode, and what follows from it: its id, its token, its execution's name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from core.contracts.alarms import Trouble

Occasion = Trouble | Literal["schedule", "demand"]
"""Why an episode is opened: what an alarm is about, or who asks for a run."""
ROUNDS_MAX = 24
"""One transition of one alarm leads to so many runs at most."""
SCHEDULE: Occasion = "schedule"
"""The team wants a new model every few days."""
DEMAND: Occasion = "demand"
"""A person asks for a run."""
ASKED_FOR = (SCHEDULE, DEMAND)
"""No alarm stands behind these, so no sweep finds them by one."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What an episode is about: one transition of one alarm into ALARM, one silence, one due time, or one request.

    Its time counts in whole seconds, because the event and DescribeAlarms round differently. Where a run has ended
    and the alarm still stands, the next round is another episode of the same transition.
    """

    source: str
    """What raised it: the ARN of an alarm, the name of a monitor that is silent or of a schedule, or a request."""
    at: datetime
    round: int = 1
    named: bool = False
    """The source alone says which it is: a request is the same one, whenever it is said to have been made."""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"a cause needs a time with an offset from UTC, got {self.at.isoformat()}")
        if not 1 <= self.round <= ROUNDS_MAX:
            raise ValueError(f"round {self.round} is not between 1 and {ROUNDS_MAX}")

    @property
    def id(self) -> str:
        """64 hexadecimal digits that only the cause determines.

        >>> at = datetime(2026, 11, 20, 9, tzinfo=UTC)
        >>> Cause("arn", at).id == Cause("arn", at.replace(microsecond=7)).id != Cause("arn", at, 2).id
        True
        """
        second = "request" if self.named else self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return hashlib.sha256(f"{self.source}|{second}|{self.round}".encode()).hexdigest()


def demanded(endpoint: str, request: str, at: datetime) -> Cause:
    """A person's request for a run of one endpoint's model."""
    return Cause(f"request {request} for {endpoint}", at, named=True)


def cause_of(id: str, source: str, at: datetime, round: int, trouble: str) -> Cause | None:
    """The cause of a written episode; None where it was not opened from one."""
    cause = Cause(source, at, round, named=trouble == DEMAND)
    return cause if cause.id == id else None


def by_hand(package_arn: str) -> str:
    """Id of the episode of a package that no episode asked for: a person started its run."""
    return hashlib.sha256(f"package|{package_arn}".encode()).hexdigest()


def token(episode: str) -> str:
    """`ClientRequestToken` of the one execution that an episode may start: 64 characters of the 32 to 128 allowed."""
    return hashlib.sha256(f"start|{episode}".encode()).hexdigest()


def display_name(episode: str) -> str:
    """`PipelineExecutionDisplayName`: finds the execution again when the service has forgotten the token."""
    return f"episode-{episode}"
