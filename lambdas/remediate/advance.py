"""Bring one episode as far as it goes: decide, claim, start, record, announce.

The order is the protocol. Each write to the ledger names what was read before it, so of two handlers one wins and the
other reads again; and whatever is cut off between two steps is taken up again from the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.contracts.alarms import Trouble
from core.contracts.policy import ModelPolicy
from core.remediation.decide import Decision, Retrain, decide
from core.remediation.episode import Cause
from core.remediation.facts import Facts
from core.remediation.outcomes import RESTING, Outcome
from core.remediation.rows import Claim, EpisodeRow
from core.remediation.statuses import ended
from core.remediation.transitions import claimed, opened, rested
from lambdas.failures import NotThere
from lambdas.log import say
from lambdas.ports import Reading
from lambdas.remediate.ports import Ports
from lambdas.remediate.start import rows, start
from lambdas.steps import announce, settled_by_retry


@dataclass(frozen=True, slots=True)
class Call:
    """Why an episode is looked at."""

    cause: Cause
    model: str
    trouble: Trouble
    reason: str
    sweeping: bool = False
    """A sweep decides again on an episode in which nothing was started, and leaves one that somebody is on alone."""
    opens: Callable[[Decision], bool] = lambda decision: True
    """Whether a decision is worth a new episode."""


def advance(call: Call, ports: Ports) -> Outcome:
    """Returns how the episode stands; DUPLICATE where there was nothing to do."""
    policy = ports.policies[call.model]
    outcome = settled_by_retry(lambda: _advance(call, policy, ports))
    if outcome is not Outcome.DUPLICATE or not call.sweeping:
        announce(ports.ledger, ports.topic, ports.team, policy, call.cause.id)
    return outcome


def _advance(call: Call, policy: ModelPolicy, ports: Ports) -> Outcome:
    reading = rows(call.model, call.cause.id, ports)
    model, episode = reading.model(call.model), reading.episode(call.model, call.cause.id)
    if episode is not None and model.claim is not None and model.claim.episode == episode.id:
        if call.sweeping and not lapsed(model.claim, reading.now, policy):
            return Outcome.DUPLICATE  # its handler, or a delivery, is on it
        return start(episode.id, policy, ports, resumed=True)
    if episode is not None and not (call.sweeping and episode.outcome in RESTING):
        return Outcome.DUPLICATE
    if episode is None:
        episode = opened(call.cause, call.model, call.reason)
    facts = _gather(call, policy, reading, episode, ports)
    return _act(call, decide(facts, policy), facts, policy, ports)


def lapsed(claim: Claim, now: datetime, policy: ModelPolicy) -> bool:
    """Whether the handler that made the claim had its time."""
    return now - claim.at >= timedelta(seconds=policy.retrain.lease_s)


def _gather(call: Call, policy: ModelPolicy, reading: Reading, episode: EpisodeRow, ports: Ports) -> Facts:
    """Read after the ledger: a change in between makes the ledger's rows stale, and then nothing is written."""
    return Facts(
        now=reading.now,
        trouble=call.trouble,
        team=reading.team,
        model=reading.model(call.model),
        episode=episode,
        unfinished=_unfinished(call.model, ports),
        evidence=ports.findings.evidence(policy),
        release=ports.findings.release(call.model),
    )


def _unfinished(model: str, ports: Ports) -> tuple[str, ...] | None:
    try:
        listed = ports.pipelines.executions(ports.names(model).pipeline)
    except NotThere:
        return None
    return tuple(execution.arn for execution in listed if not ended(execution.status))


def _act(call: Call, decision: Decision, facts: Facts, policy: ModelPolicy, ports: Ports) -> Outcome:
    if facts.episode.revision == 0 and not call.opens(decision):
        return Outcome.DUPLICATE
    if isinstance(decision, Retrain):
        ports.ledger.commit(*claimed(facts, decision), unchanged=(facts.team,))
        say("claimed", model=call.model, episode=facts.episode.id, why=decision.why)
        return start(facts.episode.id, policy, ports, resumed=False)
    if decision.outcome == facts.episode.outcome:
        return Outcome.DUPLICATE
    ports.ledger.commit(*rested(facts, decision))
    say("decided", model=call.model, episode=facts.episode.id, outcome=decision.outcome, why=decision.why)
    return decision.outcome
