"""How a deployment ended, and what that means for the model and its episode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from core.remediation.outcomes import Outcome
from core.remediation.parts import LEASE, Candidate, Deployment
from core.remediation.promotion import Endpoint
from core.remediation.rows import EpisodeRow, ModelRow
from core.remediation.statuses import BROKEN, SERVING, busy
from core.remediation.switching import in_service
from core.remediation.transitions import Rows, closed

SERVED_KEPT = 20
"""So far back a rollback can go."""


@dataclass(frozen=True, slots=True)
class Released:
    """The new version serves."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    why: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The endpoint was deleted."""


@dataclass(frozen=True, slots=True)
class Underway:
    why: str


Settlement = Released | RolledBack | Gone | Underway


def judge(deployment: Deployment, endpoint: Endpoint | None, config: str, now: datetime) -> Settlement:
    """Compare the endpoint with the config that was meant for it.

    An endpoint that has not changed since before it was asked to change has not begun.
    """
    if endpoint is None:
        return Gone() if deployment.requested else Underway("The endpoint is not created yet.")
    if busy(endpoint.status):
        return Underway(f"The endpoint is {endpoint.status}.")
    if endpoint.status == SERVING and endpoint.config == config:
        return Released()
    if endpoint.modified == deployment.before:
        return Underway("The endpoint has not begun to change.")
    if not deployment.requested and now - deployment.at < LEASE:
        return Underway("The endpoint is about to be asked to change.")
    reason = endpoint.failure or "an alarm of the deployment was raised, or the new version did not start"
    if endpoint.status in BROKEN:
        return RolledBack(f"The endpoint is {endpoint.status}: {reason}.")
    return RolledBack(f"The endpoint went back to {endpoint.config}: {reason}.")


def released(model: ModelRow, episode: EpisodeRow, version: int, now: datetime) -> Rows:
    """The version is in service: the circuit is closed again, and older versions need no block any more."""
    earlier = (*model.served, model.in_service) if model.in_service not in (0, version) else model.served
    after = replace(
        _cleared(model, version),
        in_service=version,
        served=earlier[-SERVED_KEPT:],
        attempts=0,
        blocked=tuple(each for each in model.blocked if each > version),
    )
    return closed(after, episode, Outcome.PROMOTED, f"Version {version} is in service.", now)


def adopted(model: ModelRow, version: int) -> ModelRow:
    """A person put a version into service by hand. What they took out is not put back without them."""
    return in_service(model, version)


def withdrawn(model: ModelRow, episode: EpisodeRow, version: int, outcome: Outcome, why: str, now: datetime) -> Rows:
    """The version was rolled back, or could not be deployed: it is not tried again without a person."""
    after = replace(_cleared(model, version), blocked=tuple(dict.fromkeys((*model.blocked, version))))
    return closed(after, episode, outcome, why, now)


def overtaken(model: ModelRow, episode: EpisodeRow, version: int, outcome: Outcome, why: str, now: datetime) -> Rows:
    """The version will not be deployed, for a reason that is not its fault or that is written with it."""
    return closed(replace(model, candidates=_without(model, version)), episode, outcome, why, now)


def _cleared(model: ModelRow, version: int) -> ModelRow:
    """Without the deployment and its candidate. Others stay until their own episodes are closed."""
    return replace(model, deployment=None, candidates=_without(model, version))


def _without(model: ModelRow, version: int) -> tuple[Candidate, ...]:
    return tuple(candidate for candidate in model.candidates if candidate.version != version)
