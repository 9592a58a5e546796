"""Bring one episode as far as it goes: decide, claim, start, record, announce.

The order is the protocol. Each write to the ledger names what was read before it, so of two handlers one wins and the
other reads again; and whatever is cut off between two steps is taken up again from the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.contracts.alarms import is_of_batch
from core.contracts.policy import ModelPolicy
from core.remediation.approval import granted
from core.remediation.decide import decide
from core.remediation.decisions import Ask, Decision, Freeze, PutBack, Retrain
from core.remediation.episode import ASKED_FOR, Cause, Occasion
from core.remediation.facts import Evidence, Facts
from core.remediation.outcomes import RESTING, Outcome
from core.remediation.parts import Request
from core.remediation.responses import response_to
from core.remediation.rows import EpisodeRow, TeamRow
from core.remediation.slots import taken
from core.remediation.statuses import ended
from core.remediation.transitions import Rows, asked, claimed, opened, put_back, rested, stopped
from lambdas.failures import NotThere, Refused, Unavailable
from lambdas.log import say
from lambdas.ports import Reading
from lambdas.remediate.evidence import evidence_about, policy_about
from lambdas.remediate.ports import Ports
from lambdas.remediate.start import lapsed, rows, start
from lambdas.steps import announce, settled_by_retry


@dataclass(frozen=True, slots=True)
class Call:
    """Why an episode is looked at."""

    cause: Cause
    model: str
    trouble: Occasion
    reason: str
    request: Request | None = None
    """The run that is asked for, where no alarm stands behind the episode."""
    alarm: str = ""
    """Name of the alarm; empty where none stands behind it."""
    made: datetime | None = None
    """When the alarm was made or last changed, where that is known already."""
    sweeping: bool = False
    """A sweep decides again on an episode in which nothing was started, and leaves one that somebody is on alone."""
    opens: Callable[[Decision], bool] = lambda decision: True
    """Whether a decision is worth a new episode."""


def advance(call: Call, ports: Ports) -> Outcome:
    """Returns how the episode stands; DUPLICATE where there was nothing to do."""
    policy = policy_about(call.cause.source, ports.policies[call.model], ports)
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
    if episode is not None and not (call.sweeping and _is_open(episode, reading)):
        return Outcome.DUPLICATE
    if episode is None:
        episode = opened(call.cause, call.model, call.reason, call.trouble, call.request)
    facts = _gather(call, policy, reading, episode, ports)
    return _act(call, decide(facts, policy), facts, policy, ports)


def _is_open(episode: EpisodeRow, reading: Reading) -> bool:
    """Whether it is to be decided again."""
    if episode.outcome is Outcome.APPROVAL_PENDING:
        return granted(episode, reading.model(episode.model), reading.now)
    return episode.outcome in RESTING


def _gather(call: Call, policy: ModelPolicy, reading: Reading, episode: EpisodeRow, ports: Ports) -> Facts:
    """Read after the ledger: a change in between makes the ledger's rows stale, and then nothing is written."""
    evidence, response = evidence_about(call.cause.source, policy, ports), ""
    if isinstance(evidence, Evidence) and call.trouble not in ASKED_FOR:
        response = response_to(evidence.diagnosis.verdict, policy.retrain)
    return Facts(
        now=reading.now,
        trouble=call.trouble,
        team=reading.team,
        model=reading.model(call.model),
        episode=episode,
        unfinished=_unfinished(call.model, ports),
        evidence=evidence,
        release=ports.findings.release(call.model),
        response=response,
        alarm_made=call.made or (ports.alarms.made(call.alarm) if call.alarm else None),
        most_runs=ports.most_runs,
        of_batches=is_of_batch(ports.names(call.model), call.cause.source),
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
    match decision:
        case Retrain():
            _claim(decision, facts, ports)
            return start(facts.episode.id, policy, ports, resumed=False)
        case Ask():
            return _write(asked(facts, decision), ports, facts.team)
        case Freeze():
            return _write(stopped(facts, decision), ports, facts.team)
        case PutBack():
            package = _package(call.model, decision.version, ports)
            outcome = _write(put_back(facts, decision, package), ports, facts.team)
            _tell_promote(call.model, ports)
            return outcome
        case held if held.outcome == facts.episode.outcome:
            return Outcome.DUPLICATE
        case held:
            return _write(rested(facts, held), ports)


def _claim(decision: Retrain, facts: Facts, ports: Ports) -> None:
    """The team's row is named as it was read, so a freeze that came in between wins; or written, where runs count."""
    team = taken(facts.team, facts.model.model) if ports.most_runs else facts.team
    changed: tuple[TeamRow, ...] = (team,) if team != facts.team else ()
    ports.ledger.commit(*claimed(facts, decision), *changed, unchanged=() if changed else (facts.team,))
    say("claimed", model=facts.model.model, episode=facts.episode.id, why=decision.why)


def _write(after: Rows, ports: Ports, *unchanged: TeamRow) -> Outcome:
    """What is asked, put back or stopped depends on the team's row as well: it must not have been frozen since."""
    model, episode = after
    assert episode.outcome is not None
    ports.ledger.commit(model, episode, unchanged=unchanged)
    say("decided", model=model.model, episode=episode.id, outcome=episode.outcome, why=episode.why)
    return episode.outcome


def _package(model: str, version: int, ports: Ports) -> str:
    group = ports.names(model).package_group
    return f"arn:aws:sagemaker:{ports.home.region}:{ports.home.account}:model-package/{group}/{version}"


def _tell_promote(model: str, ports: Ports) -> None:
    """It need not arrive: the sweep of `lambdas/promote` finds what the ledger wants."""
    try:
        ports.releases.switch(model)
    except (Unavailable, Refused) as reason:
        say("promote was not told", model=model, why=str(reason))
