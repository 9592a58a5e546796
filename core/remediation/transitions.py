"""How the rows change, step by step. Each function returns the rows to write together, in one transaction.

Every function takes rows as they were read and changes nothing else; the ledger refuses the write if any of them has
changed since.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.contracts.parameters import TrainingParameters
from core.remediation.budget import cents, month_of, spent_cents
from core.remediation.decisions import Ask, Escalate, Freeze, Hold, PutBack, Retrain
from core.remediation.episode import ASKED_FOR, Cause
from core.remediation.facts import Evidence, Facts
from core.remediation.outcomes import QUIET, RESTING, UNDER_WAY, Outcome, may_follow
from core.remediation.parts import Approval, Claim, Entry, Request, Run, Switch
from core.remediation.rows import EpisodeRow, ModelRow

Rows = tuple[ModelRow, EpisodeRow]
DEFERRALS_MAX = 6
DEFERRAL = timedelta(minutes=15)
"""The first wait for capacity; each next one is twice as long."""
NONE = "none"
TICK = timedelta(seconds=1)
"""The ledger's clock counts whole seconds; a start is written down as not earlier than it was."""


def opened(cause: Cause, model: str, reason: str, trouble: str = "", request: Request | None = None) -> EpisodeRow:
    """A new episode, not written yet."""
    return EpisodeRow(
        id=cause.id,
        model=model,
        source=cause.source,
        trouble=trouble,
        raised_at=cause.at,
        round=cause.round,
        reason=reason[:1024],
        request=request,
    )


def reached(
    model: ModelRow, episode: EpisodeRow, outcome: Outcome, why: str, now: datetime, *, quiet: bool = False
) -> Rows:
    """The episode comes to an outcome, which is to be announced unless it is a quiet one or a quiet change.

    Raises ValueError for a step that no episode may take: that is a fault of the caller.
    """
    if not may_follow(episode.outcome, outcome):
        raise ValueError(f"an episode that is {episode.outcome} cannot become {outcome}")
    history, announced = episode.history, episode.announced
    if outcome not in {entry.outcome for entry in history}:
        history = (*history, Entry(at=now, outcome=outcome, why=why, cents=episode.cents, billed=episode.billed))
        if quiet or (outcome in QUIET and episode.outcome is not None and not _awaited(episode)):
            announced = (*announced, outcome)
    after = replace(episode, outcome=outcome, why=why, decided_at=now, history=history, announced=announced)
    return _waiting(listed(model, after), after), after


def closed(model: ModelRow, episode: EpisodeRow, outcome: Outcome, why: str, now: datetime) -> Rows:
    """The episode ends, unless it had ended before: a person may approve a model that was once overtaken."""
    if episode.outcome is not None and episode.outcome not in UNDER_WAY:
        return model, episode
    return reached(model, episode, outcome, why, now)


def rested(facts: Facts, decision: Hold | Escalate) -> Rows:
    """Nothing is started now."""
    episode = _informed(facts)
    quiet = isinstance(decision, Hold) and decision.quiet
    return reached(_released(facts.model, episode), episode, decision.outcome, decision.why, facts.now, quiet=quiet)


def claimed(facts: Facts, decision: Retrain) -> Rows:
    """The model's row is this episode's alone until the start is recorded or given up; the run is written down."""
    episode = replace(_planned(facts, decision.parameters), why=decision.why)
    return replace(facts.model, claim=Claim(episode=episode.id, at=facts.now)), episode


def asked(facts: Facts, decision: Ask) -> Rows:
    """A person is asked about the run, which is written down; nothing is claimed meanwhile."""
    approval = Approval(until=decision.until, in_service=facts.model.in_service)
    episode = replace(_planned(facts, decision.parameters), approval=approval)
    model = replace(facts.model, asked=episode.id)
    return reached(model, episode, Outcome.APPROVAL_PENDING, decision.why, facts.now)


def put_back(facts: Facts, decision: PutBack, package_arn: str) -> Rows:
    """Another version is wanted in service. From here on nothing else is started or deployed for the model."""
    episode = replace(_informed(facts), version=decision.version, package_arn=package_arn)
    switch = Switch(episode=episode.id, package_arn=package_arn, version=decision.version, at=facts.now)
    model = replace(_released(facts.model, episode), switch=switch, switched_at=facts.now)
    return reached(model, episode, Outcome.SWITCHING, decision.why, facts.now)


def stopped(facts: Facts, decision: Freeze) -> Rows:
    """The model is frozen. A person may lift that; the same alarm does not freeze it again."""
    episode = _informed(facts)
    why = f"the team's policy answered an alarm: {decision.why}"
    model = replace(_released(facts.model, episode), frozen=why, frozen_by=f"episode {episode.id[:12]}")
    return reached(model, episode, Outcome.FROZEN, decision.why, facts.now)


def parameters(episode: EpisodeRow) -> TrainingParameters:
    """The run that was written down at the claim: the same on every try."""
    return TrainingParameters(
        episode.train_on, episode.recent_from, episode.recent_until, episode.id, episode.without or NONE
    )


def started(model: ModelRow, episode: EpisodeRow, execution: str, now: datetime, cost_usd: float) -> Rows:
    """The start is recorded: cooldown, budget, pace and circuit count from here."""
    at, month, cost = now + TICK, month_of(now), cents(cost_usd)
    today = tuple(start for start in model.starts if at - start < timedelta(days=1))
    after = replace(
        _released(model, episode),
        run=Run(episode=episode.id, execution_arn=execution, at=at, month=month, cents=cost),
        starts=(*today, at),
        month=month,
        spent_cents=spent_cents(model, now) + cost,
        attempts=model.attempts + 1,
    )
    begun = replace(episode, execution_arn=execution, cents=cost)
    return reached(after, begun, Outcome.STARTED, episode.why, now)


def deferred(model: ModelRow, episode: EpisodeRow, why: str, now: datetime) -> Rows:
    """No capacity: the claim is given back, and neither cooldown nor budget is used. After six times, it failed."""
    model = _released(model, episode)
    if episode.deferrals >= DEFERRALS_MAX:
        return reached(model, episode, Outcome.FAILED_RUN, f"No capacity in {DEFERRALS_MAX} tries: {why}", now)
    waiting = replace(episode, deferrals=episode.deferrals + 1, not_before=now + DEFERRAL * 2**episode.deferrals)
    if episode.outcome is Outcome.DEFERRED_QUOTA:
        return model, waiting
    return reached(model, waiting, Outcome.DEFERRED_QUOTA, why, now)


def given_up(model: ModelRow, episode: EpisodeRow, outcome: Outcome, why: str, now: datetime) -> Rows:
    """The start was refused for good: nothing runs, and the claim is given back. A failure counts as an attempt."""
    attempts = model.attempts + (outcome is Outcome.FAILED_RUN)
    return reached(replace(_released(model, episode), attempts=attempts), episode, outcome, why, now)


def listed(model: ModelRow, episode: EpisodeRow) -> ModelRow:
    """The model's list of episodes that have something to announce."""
    others = tuple(each for each in model.unannounced if each != episode.id)
    return replace(model, unannounced=(*others, episode.id) if episode.to_announce else others)


def _informed(facts: Facts) -> EpisodeRow:
    """The episode with what the decision was based on."""
    if not isinstance(facts.evidence, Evidence):
        return facts.episode
    report, diagnosis = facts.evidence.report, facts.evidence.diagnosis
    return replace(
        facts.episode,
        report_end=report.end,
        verdict=diagnosis.verdict.value,
        cause=diagnosis.cause,
        evidence=diagnosis.evidence,
        response=facts.response,
    )


def _planned(facts: Facts, run: TrainingParameters) -> EpisodeRow:
    """The same, with the run that is to be started."""
    return replace(
        _informed(facts),
        train_on=run.train_on,
        recent_from=run.recent_from,
        recent_until=run.recent_until,
        without=run.without,
    )


def _awaited(episode: EpisodeRow) -> bool:
    """Whether somebody waits to hear what becomes of it."""
    return episode.approval is not None and episode.approval.granted


def _released(model: ModelRow, episode: EpisodeRow) -> ModelRow:
    """Without the claim, where this episode holds it."""
    mine = model.claim is not None and model.claim.episode == episode.id
    return replace(model, claim=None) if mine else model


def _waiting(model: ModelRow, episode: EpisodeRow) -> ModelRow:
    """Which episodes a sweep has to look for by itself, because no alarm leads to them."""
    if model.asked == episode.id and not (episode.outcome is Outcome.APPROVAL_PENDING or episode.outcome in RESTING):
        model = replace(model, asked="")
    others = tuple(each for each in model.waiting if each != episode.id)
    later = episode.trouble in ASKED_FOR and episode.outcome is Outcome.DEFERRED_QUOTA
    return replace(model, waiting=(*others, episode.id) if later else others)
