"""How a pipeline execution ended, and what that means for the episode that asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from core.remediation.billing import Job, billed
from core.remediation.budget import corrected
from core.remediation.outcomes import UNDER_WAY, Outcome
from core.remediation.parts import Candidate
from core.remediation.rows import EpisodeRow, ModelRow
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
    jobs: tuple[Job, ...] | None = None
    """Once it has ended; None where they are not known in full."""


def settled(
    model: ModelRow, episode: EpisodeRow, execution: Execution | None, now: datetime, usd_per_hour: Mapping[str, float]
) -> Rows | None:
    """The rows once the run has ended; None while it has not. `execution` is None where SageMaker knows none.

    What its jobs were billed takes the place of the estimate, in the same write that says that the run is over.
    """
    run, model = model.run, replace(model, run=None)
    if execution is None:
        why = "The pipeline or its execution does not exist any more."
        return closed(model, episode, Outcome.FAILED_RUN, why, now)
    if not ended(execution.status):
        return None
    cents = billed(execution.jobs, usd_per_hour)
    if run is not None and cents is not None:
        model = corrected(model, run.month, run.cents, cents)
        episode = replace(episode, cents=cents, billed=True)
    if execution.package is not None and execution.status in ("Succeeded", "CompletedWithFailures"):
        return _registered(model, episode, execution.package, now)
    if execution.gate is not None:
        return closed(model, episode, Outcome.NO_BETTER_MODEL, execution.gate, now)
    if execution.status == "Succeeded":
        return closed(model, episode, Outcome.NO_BETTER_MODEL, "The run ended without registering a model.", now)
    why = execution.failure or "SageMaker gives no reason."
    return closed(model, episode, Outcome.FAILED_RUN, f"The run ended as {execution.status}: {why}", now)


def reviewed(model: ModelRow, episode: EpisodeRow, candidate: Candidate, approval: str | None, now: datetime) -> Rows:
    """A candidate as it stands now. `approval` is None where its package was deleted."""
    others = tuple(each for each in model.candidates if each.version != candidate.version)
    fate = _fate(model, candidate.version, approval)
    if fate is not None:
        return closed(replace(model, candidates=others), episode, *fate, now)
    current = replace(candidate, approved=approval == "Approved")
    model = replace(model, candidates=tuple(sorted((*others, current), key=lambda each: each.version)))
    if current.approved or episode.outcome is not Outcome.STARTED:
        return model, episode
    why = f"Version {candidate.version} is better and waits for approval."
    return reached(model, episode, Outcome.PROMOTION_PENDING, why, now)


def _fate(model: ModelRow, version: int, approval: str | None) -> tuple[Outcome, str] | None:
    """What a candidate has come to, and why; None while it waits."""
    if version == model.in_service:
        return Outcome.PROMOTED, f"Version {version} is in service."
    if version < model.in_service:
        why = f"Version {version} was overtaken by version {model.in_service}, which is in service."
        return Outcome.NO_BETTER_MODEL, why
    if version in model.blocked:
        return Outcome.NO_BETTER_MODEL, f"Version {version} was taken out of service."
    if approval is None:
        return Outcome.NO_BETTER_MODEL, "The new model's package was deleted."
    if approval == "Rejected":
        return Outcome.NO_BETTER_MODEL, "A person rejected the new model."
    return None


def _registered(model: ModelRow, episode: EpisodeRow, package: Registered, now: datetime) -> Rows:
    """The package may have gone its way, and closed the episode, before its run was settled."""
    if episode.outcome not in UNDER_WAY:
        return model, episode
    episode = replace(episode, package_arn=package.arn)
    candidate = Candidate(episode=episode.id, package_arn=package.arn, version=package.version, approved=False)
    return reviewed(model, episode, candidate, package.approval, now)
