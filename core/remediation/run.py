"""How a pipeline execution ended, and what that means for the episode that asked for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from core.remediation.outcomes import Outcome
from core.remediation.rows import Candidate, EpisodeRow, ModelRow
from core.remediation.statuses import ended
from core.remediation.transitions import Rows, reached

Approval = Literal["Approved", "Rejected", "PendingManualApproval"]


@dataclass(frozen=True, slots=True)
class Registered:
    """The package that the execution left in the registry."""

    arn: str
    version: int
    approval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What SageMaker says of one execution. `failure` is the first failed step's reason, or the execution's own."""

    arn: str
    status: str
    failure: str = ""
    gate: str | None = None
    """Message of the Fail step, where the gate ended the run."""
    package: Registered | None = None


def settled(model: ModelRow, episode: EpisodeRow, execution: Execution | None, now: datetime) -> Rows | None:
    """The rows once the run has ended; None while it has not. `execution` is None where SageMaker knows none."""
    model_after = replace(model, run=None)
    if execution is None:
        why = "The pipeline or its execution does not exist any more."
        return reached(model_after, episode, Outcome.FAILED_RUN, why, now)
    if not ended(execution.status):
        return None
    if execution.package is not None and execution.status in ("Succeeded", "CompletedWithFailures"):
        return _registered(model_after, episode, execution.package, now)
    if execution.gate is not None:
        return reached(model_after, episode, Outcome.NO_BETTER_MODEL, execution.gate, now)
    if execution.status == "Succeeded":
        why = "The run ended without registering a model."
        return reached(model_after, episode, Outcome.NO_BETTER_MODEL, why, now)
    why = execution.failure or "SageMaker gives no reason."
    return reached(model_after, episode, Outcome.FAILED_RUN, f"The run ended as {execution.status}: {why}", now)


def _registered(model: ModelRow, episode: EpisodeRow, package: Registered, now: datetime) -> Rows:
    episode = replace(episode, package_arn=package.arn)
    if package.approval == "Rejected":
        return rejected(model, episode, now)
    if package.version <= model.in_service:
        return model, episode  # deployed while this was read: its deployment closes the episode
    approved = package.approval == "Approved"
    candidate = Candidate(episode=episode.id, package_arn=package.arn, version=package.version, approved=approved)
    model = replace(model, candidate=candidate)
    if approved:
        return model, episode
    why = f"Version {package.version} is better and waits for approval."
    return reached(model, episode, Outcome.PROMOTION_PENDING, why, now)


def rejected(model: ModelRow, episode: EpisodeRow, now: datetime) -> Rows:
    """A person said no to the package."""
    return reached(
        replace(model, candidate=None), episode, Outcome.NO_BETTER_MODEL, "A person rejected the new model.", now
    )
