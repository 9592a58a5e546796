"""Start the execution of an episode that holds the claim, and record it.

May be cut off anywhere and taken up again: the token and the display name depend on the episode alone, and the
parameters were written down with the claim.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy
from core.remediation.episode import display_name, token
from core.remediation.outcomes import Outcome
from core.remediation.parts import Claim
from core.remediation.rows import EpisodeRow, ModelRow
from core.remediation.transitions import Rows, deferred, given_up, parameters, started
from lambdas.failures import Conflicting, NotThere, QuotaReached, Refused, Unavailable
from lambdas.log import say
from lambdas.ports import Reading
from lambdas.remediate.ports import Ports
from lambdas.steps import freeing, settled_by_retry


@dataclass(frozen=True, slots=True)
class Begun:
    execution: str


@dataclass(frozen=True, slots=True)
class NoCapacity:
    why: str


@dataclass(frozen=True, slots=True)
class NotBegun:
    """For good: nothing runs for this episode."""

    outcome: Outcome
    why: str


Result = Begun | NoCapacity | NotBegun


def start(episode: str, policy: ModelPolicy, ports: Ports, resumed: bool) -> Outcome:
    """Returns how the episode stands then. Raises Unavailable where that is for a later delivery to find out."""
    reading = rows(policy.model, episode, ports)
    row = _claimant(reading, policy.model, episode)
    if row is None:
        return Outcome.DUPLICATE
    held = reading.model(policy.model).claim
    assert held is not None  # it is the episode's own
    alone = lapsed(held, reading.now, policy) if resumed else held.resumed == 0
    if resumed:
        held = _take_up(held, reading, policy.model, ports)
    result = _try(row, reading, ports, resumed)
    say("tried to start", model=policy.model, episode=episode, resumed=resumed, result=str(result))
    if not isinstance(result, Begun) and not alone:
        return Outcome.DUPLICATE  # who claimed it may be about to start; a sweep gives it up when the lease is over
    return settled_by_retry(lambda: _record(result, held, policy, episode, ports))


def lapsed(claim: Claim, now: datetime, policy: ModelPolicy) -> bool:
    """Whether the handler that made the claim had its time."""
    return now - claim.at >= timedelta(seconds=policy.retrain.lease_s)


def rows(model: str, episode: str, ports: Ports) -> Reading:
    """Everything in the ledger on which a start depends."""
    return ports.ledger.read(Key.team(), Key.of_model(model), Key.episode(model, episode))


def _take_up(held: Claim, reading: Reading, model: str, ports: Ports) -> Claim:
    """From here on no other handler gives the claim up. Raises Stale where one has just taken it up or recorded."""
    mine = replace(held, at=reading.now, resumed=held.resumed + 1)
    ports.ledger.commit(replace(reading.model(model), claim=mine))
    return mine


def _claimant(reading: Reading, model: str, episode: str) -> EpisodeRow | None:
    """The episode, where the claim is still its own."""
    claim = reading.model(model).claim
    return reading.episode(model, episode) if claim is not None and claim.episode == episode else None


def _try(row: EpisodeRow, reading: Reading, ports: Ports, resumed: bool) -> Result:
    pipeline = ports.names(row.model).pipeline
    try:
        if resumed and (found := _find(pipeline, row.id, ports)):
            return Begun(found)
        if frozen := reading.team.no_starts or reading.model(row.model).frozen:
            return NotBegun(Outcome.BLOCKED_FREEZE, f"Remediation was stopped before the run was started: {frozen}")
        return Begun(_start(pipeline, row, ports))
    except QuotaReached as reason:
        return NoCapacity(str(reason))
    except NotThere as reason:
        return NotBegun(Outcome.TARGET_GONE, f"The training pipeline does not exist any more. {reason}")
    except Conflicting as reason:
        raise Unavailable(str(reason)) from reason
    except Refused as reason:
        return NotBegun(Outcome.FAILED_RUN, f"SageMaker refused to start the run. {reason}")


def _start(pipeline: str, row: EpisodeRow, ports: Ports) -> str:
    """After a conflict nobody knows whether the run exists: look for it, else ask again with the same token."""
    name = display_name(row.id)
    try:
        return ports.pipelines.start(pipeline, token(row.id), name, parameters(row))
    except Conflicting:
        return _find(pipeline, row.id, ports) or ports.pipelines.start(pipeline, token(row.id), name, parameters(row))


def _find(pipeline: str, episode: str, ports: Ports) -> str | None:
    """The episode's execution by its display name: the service may have forgotten the token."""
    name = display_name(episode)
    return next((listed.arn for listed in ports.pipelines.executions(pipeline) if listed.name == name), None)


def _record(result: Result, held: Claim, policy: ModelPolicy, episode: str, ports: Ports) -> Outcome:
    """Read the clock again: a start is recorded at a time that is not before it.

    Any handler of the episode records a start. Only who holds the claim gives it up: another may be about to start.
    """
    reading = rows(policy.model, episode, ports)
    row = _claimant(reading, policy.model, episode)
    if row is None or not (isinstance(result, Begun) or reading.model(policy.model).claim == held):
        return Outcome.DUPLICATE  # another delivery has recorded it, or is on it
    model, after = _after(result, reading.model(policy.model), row, reading.now, policy.retrain.run_cost_usd)
    ports.ledger.commit(model, after, *freeing(reading.team, model))
    assert after.outcome is not None
    return after.outcome


def _after(result: Result, model: ModelRow, row: EpisodeRow, now: datetime, cost_usd: float) -> Rows:
    match result:
        case Begun(execution):
            return started(model, row, execution, now, cost_usd)
        case NoCapacity(why):
            return deferred(model, row, why, now)
        case NotBegun(outcome, why):
            return given_up(model, row, outcome, why, now)
