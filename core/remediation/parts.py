"""Parts of the ledger's rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.contracts.functions import LEASE_S
from core.remediation.outcomes import Outcome

LEASE = timedelta(seconds=LEASE_S)
"""A handler that has claimed a deployment has so long to ask for it before its silence means that it died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One episode has the model's row to itself until its start is recorded or given up."""

    episode: str
    at: datetime
    resumed: int = 0
    """How often another handler has taken it up: whoever gives it up has to be the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The execution that was recorded last and has not been settled."""

    episode: str
    execution_arn: str
    at: datetime
    month: str = ""
    """Of whose budget it is paid."""
    cents: int = 0
    """With which it was counted: an upper estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A registered package that is not in service yet."""

    episode: str
    package_arn: str
    version: int
    approved: bool
    """False where a person has to approve it first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The package that is on its way to the endpoint."""

    episode: str
    package_arn: str
    version: int
    before: str
    """When the endpoint had last changed, as it was read before it was asked to change; empty where there was none."""
    at: datetime
    requested: bool = False
    switch: bool = False
    """Not a better model that is released, but another one that the policy puts back."""
    given_up: bool = False
    """Its handler could not ask for it: another one may at once."""

    def free(self, now: datetime) -> bool:
        """Whether no handler is about to ask for it. Two that ask could bring a version back that was rolled back
        between them."""
        return self.given_up or now - self.at >= LEASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Another version is wanted in service; `lambdas/promote` brings it to the endpoint."""

    episode: str
    package_arn: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """When an outcome was first reached, and why."""

    at: datetime
    outcome: Outcome
    why: str
    cents: int = 0
    """What the episode's run had cost by then: an upper estimate until its jobs are billed; 0 before a run."""
    billed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A handler is about to publish an outcome: nobody else does before its lease is over."""

    outcome: Outcome
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What a person is asked, and the answer."""

    until: datetime
    """A later answer is too late."""
    in_service: int
    """Version in service when it was asked: an answer is about that one."""
    by: str = ""
    """Who answered; empty where nobody has."""
    at: datetime | None = None
    granted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A run that a schedule or a person asks for."""

    by: str
    train_on: str
    recent_days: int
    without: tuple[str, ...] = ()
