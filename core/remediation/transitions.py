"""How the rows change, step by step. Each function returns the rows to write together, in one transaction.

Every function takes rows as they were read and changes nothing else; the ledger refuses the write if any of them has
changed since.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.contracts.parameters import TrainingParameters
from core.remediation.decide import Escalate, Hold, Retrain, cents, month_of, spent_cents
from core.remediation.episode import Cause
from core.remediation.facts import Evidence, Facts
from core.remediation.outcomes import QUIET, UNDER_WAY, Outcome, may_follow
from core.remediation.rows import Claim, Entry, EpisodeRow, ModelRow, Run

Rows = tuple[ModelRow, EpisodeRow]
DEFERRALS_MAX = 6
DEFERRAL = timedelta(minutes=15)
"""The first wait for capacity; each next one is twice as long."""
TICK = timedelta(seconds=1)
"""The ledger's clock counts whole seconds; a start is written down as not earlier than it was."""


def opened(cause: Cause, model: str, reason: str) -> EpisodeRow:
    """A new episode, not written yet."""
    return EpisodeRow(
        id=cause.id, model=model, source=cause.source, raised_at=cause.at, round=cause.round, reason=reason[:1024]
    )


def reached(model: ModelRow, episode: EpisodeRow, outcome: Outcome, why: str, now: datetime) -> Rows:
    """The episode comes to an outcome, which is to be announced unless it is a quiet change.

    Raises ValueError for a step that no episode may take: that is a fault of the caller.
    """
    if not may_follow(episode.outcome, outcome):
        raise ValueError(f"an episode that is {episode.outcome} cannot become {outcome}")
    history, announced = episode.history, episode.announced
    if outcome not in {entry.outcome for entry in history}:
        history = (*history, Entry(at=now, outcome=outcome, why=why))
        if outcome in QUIET and episode.outcome is not None:
            announced = (*announced, outcome)
    after = replace(episode, outcome=outcome, why=why, decided_at=now, history=history, announced=announced)
    return _listed(model, after), after


def closed(model: ModelRow, episode: EpisodeRow, outcome: Outcome, why: str, now: datetime) -> Rows:
    """The episode ends, unless it had ended before: a person may approve a model that was once overtaken."""
    if episode.outcome is not None and episode.outcome not in UNDER_WAY:
        return model, episode
    return reached(model, episode, outcome, why, now)


def rested(facts: Facts, decision: Hold | Escalate) -> Rows:
    """Nothing is started now."""
    episode = _informed(facts)
    return reached(_released(facts.model, episode), episode, decision.outcome, decision.why, facts.now)


def claimed(facts: Facts, decision: Retrain) -> Rows:
    """The model's row is this episode's alone until the start is recorded or given up; the run is written down."""
    wanted = decision.parameters
    episode = replace(
        _informed(facts),
        why=decision.why,
        train_on=wanted.train_on,
        recent_from=wanted.recent_from,
        recent_until=wanted.recent_until,
    )
    return replace(facts.model, claim=Claim(episode=episode.id, at=facts.now)), episode


def parameters(episode: EpisodeRow) -> TrainingParameters:
    """The run that was written down at the claim: the same on every try."""
    return TrainingParameters(episode.train_on, episode.recent_from, episode.recent_until, episode.id)


def started(model: ModelRow, episode: EpisodeRow, execution: str, now: datetime, cost_usd: float) -> Rows:
    """The start is recorded: cooldown, budget, pace and circuit count from here."""
    at = now + TICK
    today = tuple(start for start in model.starts if at - start < timedelta(days=1))
    after = replace(
        _released(model, episode),
        run=Run(episode=episode.id, execution_arn=execution, at=at),
        starts=(*today, at),
        month=month_of(now),
        spent_cents=spent_cents(model, now) + cents(cost_usd),
        attempts=model.attempts + 1,
    )
    return reached(after, replace(episode, execution_arn=execution), Outcome.STARTED, episode.why, now)


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


def announced(model: ModelRow, episode: EpisodeRow, outcomes: tuple[Outcome, ...]) -> Rows:
    """These outcomes were published."""
    after = replace(episode, announced=tuple(dict.fromkeys((*episode.announced, *outcomes))))
    return _listed(model, after), after


def _informed(facts: Facts) -> EpisodeRow:
    """The episode with what the decision was based on."""
    if not isinstance(facts.evidence, Evidence):
        return facts.episode
    evidence = facts.evidence
    return replace(facts.episode, report_end=evidence.report.end, verdict=evidence.diagnosis.verdict.value)


def _released(model: ModelRow, episode: EpisodeRow) -> ModelRow:
    """Without the claim, where this episode holds it."""
    mine = model.claim is not None and model.claim.episode == episode.id
    return replace(model, claim=None) if mine else model


def _listed(model: ModelRow, episode: EpisodeRow) -> ModelRow:
    """The model's list of episodes that have something to announce."""
    others = tuple(each for each in model.unannounced if each != episode.id)
    return replace(model, unannounced=(*others, episode.id) if episode.to_announce else others)
