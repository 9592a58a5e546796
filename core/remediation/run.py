"""How a pipeline execution ended, and what that means for the episode that asked for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from core.remediation.outcomes import UNDER_WAY, Outcome
from core.remediation.rows import Candidate, EpisodeRow, ModelRow
from core.remediation.statuses import ended
from core.remediation.transitions import Rows, closed, reached


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
    model = replace(model, run=None)
    if execution is None:
        why = "The pipeline or its execution does not exist any more."
        return closed(model, episode, Outcome.FAILED_RUN, why, now)
    if not ended(execution.status):
        return None
    if execution.package is not None and execution.status in ("Succeeded", "CompletedWithFailures"):
        return _registered(model, episode, execution.package, now)
    if execution.gate is not None:
        return closed(model, episode, Outcome.NO_BETTER_MODEL, execution.gate, now)
    if execution.status == "Succeeded":
        return closed(model, episode, Outcome.NO_BETTER_MODEL, "The run ended without registering a model.", now)
    why = execution.failure or "SageMaker gives no reason."
    return closed(model, episode, Outcome.FAILED_RUN, f"The run ended as {execution.status}: {why}", now)


def reviewed(model: ModelRow, episode: EpisodeRow, approval: str | None, now: datetime) -> Rows:
    """The candidate's approval as it is now; None where its package was deleted."""
    candidate = model.candidate
    if candidate is None:
        return model, episode
    if candidate.version <= model.in_service or candidate.version in model.blocked:
        return replace(model, candidate=None), episode
    if approval is None:
        why = "The new model's package was deleted."
        return closed(replace(model, candidate=None), episode, Outcome.NO_BETTER_MODEL, why, now)
    if approval == "Rejected":
        why = "A person rejected the new model."
        return closed(replace(model, candidate=None), episode, Outcome.NO_BETTER_MODEL, why, now)
    return replace(model, candidate=replace(candidate, approved=approval == "Approved")), episode


def _registered(model: ModelRow, episode: EpisodeRow, package: Registered, now: datetime) -> Rows:
    """The package may have gone its way before its run was settled."""
    episode = replace(episode, package_arn=package.arn)
    gone_by = package.version <= model.in_service or package.version in model.blocked
    if gone_by or episode.outcome not in UNDER_WAY:
        return model, episode
    candidate = Candidate(
        episode=episode.id,
        package_arn=package.arn,
        version=package.version,
        approved=package.approval == "Approved",
    )
    model, episode = reviewed(replace(model, candidate=candidate), episode, package.approval, now)
    if model.candidate is None or model.candidate.approved or episode.outcome is Outcome.PROMOTION_PENDING:
        return model, episode
    why = f"Version {package.version} is better and waits for approval."
    return reached(model, episode, Outcome.PROMOTION_PENDING, why, now)
