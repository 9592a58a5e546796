"""Decide what to do about an alarm. No clock, no network: facts and policy in, a decision with its reason out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.contracts.alarms import SILENCE
from core.contracts.parameters import TrainingParameters
from core.contracts.policy import ModelPolicy, RetrainPolicy
from core.diagnosis import Verdict
from core.remediation import episode
from core.remediation.facts import Evidence, Facts
from core.remediation.outcomes import Outcome
from core.remediation.rows import ModelRow
from core.remediation.silence import LATE_PERIODS, OVERDUE_PERIODS, last_sign, older


@dataclass(frozen=True, slots=True)
class Retrain:
    """Start one execution. The same episode gives the same token and name on every try."""

    token: str
    display_name: str
    parameters: TrainingParameters
    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Start nothing; nobody needs to act."""

    outcome: Outcome
    why: str


@dataclass(frozen=True, slots=True)
class Escalate:
    """Start nothing; a person has to act."""

    outcome: Outcome
    why: str


Decision = Retrain | Hold | Escalate


def decide(facts: Facts, policy: ModelPolicy) -> Decision:
    """The first rule that objects decides: silence, freeze, evidence, target, running, circuit, pace, budget.

    >>> cents(0.101), cents(100)
    (11, 10000)
    """
    for rule in (_silence, _freeze, _evidence, _diagnosis, _target, _running, _circuit, _pace, _budget):
        objection = rule(facts, policy)
        if objection is not None:
            return objection
    return _retrain(facts, policy)


def cents(usd: float) -> int:
    """Whole cents, rounded up: a cost is never counted as less than it is."""
    return math.ceil(round(usd * 100, 6))


def spent_cents(model: ModelRow, now: datetime) -> int:
    """Estimated cost of the starts of the current month."""
    return model.spent_cents if model.month == month_of(now) else 0


def month_of(now: datetime) -> str:
    return f"{now:%Y-%m}"


def _silence(facts: Facts, policy: ModelPolicy) -> Decision | None:
    if facts.trouble != SILENCE:
        return None
    last = last_sign(facts.evidence, facts.release)
    if last is None:
        return Hold(Outcome.NOT_NEEDED, "No model is in service yet, so the monitor has nothing to report.")
    if not older(last, facts.now, LATE_PERIODS, policy.watch.period_s):
        return Hold(Outcome.NOT_NEEDED, f"The monitor does report: its last sign is of {last:%Y-%m-%d %H:%M} UTC.")
    why = f"The monitor has been silent since {last:%Y-%m-%d %H:%M} UTC. The model is not watched."
    return Escalate(Outcome.MONITOR_SILENT, why)


def _freeze(facts: Facts, policy: ModelPolicy) -> Decision | None:
    if frozen := facts.team.frozen or facts.model.frozen:
        return Hold(Outcome.BLOCKED_FREEZE, f"Remediation is stopped by a person: {frozen}")
    if facts.team.no_starts:
        return Hold(Outcome.BLOCKED_FREEZE, f"No run is started until a person allows it again: {facts.team.no_starts}")
    return None


def _evidence(facts: Facts, policy: ModelPolicy) -> Decision | None:
    if facts.release is None:
        return Hold(Outcome.NOT_NEEDED, "No model is in service yet.")
    evidence = facts.evidence
    if not isinstance(evidence, Evidence):
        return Hold(Outcome.BLOCKED_DATA, evidence.why)
    if evidence.report.package_arn != facts.release.package_arn:
        return Hold(Outcome.NOT_NEEDED, "The newest report is about a model that is no longer in service.")
    if older(evidence.end, facts.now, OVERDUE_PERIODS, policy.watch.period_s):
        return Hold(Outcome.BLOCKED_DATA, f"The newest report ended {evidence.report.end}: too old to judge by.")
    return None


def _diagnosis(facts: Facts, policy: ModelPolicy) -> Decision | None:
    assert isinstance(facts.evidence, Evidence)  # the rule before saw to it
    diagnosis = facts.evidence.diagnosis
    why = f"{diagnosis.cause[:1].upper()}{diagnosis.cause[1:]}. {diagnosis.response}"
    match diagnosis.verdict:
        case Verdict.REAL_DRIFT if diagnosis.train_on is not None:
            return None
        case Verdict.HEALTHY | Verdict.BENIGN_DRIFT:
            return Hold(Outcome.NOT_NEEDED, why)
        case Verdict.UPSTREAM_FAULT | Verdict.LABELS_NEEDED:
            return Escalate(Outcome.BLOCKED_DATA, why)
        case _:  # INCONCLUSIVE, and whatever a later diagnosis may say
            return Hold(Outcome.BLOCKED_DATA, why)


def _target(facts: Facts, policy: ModelPolicy) -> Decision | None:
    if facts.unfinished is not None:
        return None
    return Escalate(Outcome.TARGET_GONE, "The training pipeline does not exist any more.")


def _running(facts: Facts, policy: ModelPolicy) -> Decision | None:
    model = facts.model
    if model.claim is not None and model.claim.episode != facts.episode.id:
        return Hold(Outcome.SUPPRESSED_RUNNING, "A run is being started for another alarm of this model.")
    if model.run is not None:
        return Hold(Outcome.SUPPRESSED_RUNNING, f"A run is under way: {model.run.execution_arn}")
    if facts.unfinished:
        return Hold(Outcome.SUPPRESSED_RUNNING, f"A run is under way: {facts.unfinished[0]}")
    if model.deployment is not None:
        version = model.deployment.version
        return Hold(Outcome.SUPPRESSED_RUNNING, f"Version {version} is on its way to the endpoint.")
    approved = [candidate.version for candidate in model.candidates if candidate.approved]
    if approved:
        return Hold(Outcome.SUPPRESSED_RUNNING, f"Version {approved[-1]} is approved and about to be deployed.")
    return None


def _circuit(facts: Facts, policy: ModelPolicy) -> Decision | None:
    attempts = facts.model.attempts
    if attempts < policy.retrain.attempts_without_improvement:
        return None
    return Escalate(Outcome.CIRCUIT_OPEN, f"{attempts} runs in a row brought no better model into service.")


def _pace(facts: Facts, policy: ModelPolicy) -> Decision | None:
    if facts.episode.not_before is not None and facts.now < facts.episode.not_before:
        return Hold(Outcome.DEFERRED_QUOTA, f"No capacity; tried again from {facts.episode.not_before:%H:%M} UTC on.")
    starts = facts.model.starts
    if not starts:
        return None
    free = starts[-1] + timedelta(seconds=policy.retrain.cooldown_s)
    if facts.now < free:
        return Hold(
            Outcome.SUPPRESSED_COOLDOWN,
            f"The last run was started {starts[-1]:%Y-%m-%d %H:%M} UTC; the next may be from {free:%Y-%m-%d %H:%M} on.",
        )
    today = [start for start in starts if facts.now - start < timedelta(days=1)]
    if len(today) >= policy.retrain.starts_per_day:
        return Escalate(Outcome.SUPPRESSED_COOLDOWN, f"{len(today)} runs were started within 24 hours: the limit.")
    return None


def _budget(facts: Facts, policy: ModelPolicy) -> Decision | None:
    retrain: RetrainPolicy = policy.retrain
    spent, cost = spent_cents(facts.model, facts.now), cents(retrain.run_cost_usd)
    if spent + cost <= math.floor(round(retrain.monthly_budget_usd * 100, 6)):
        return None
    return Escalate(
        Outcome.BLOCKED_BUDGET,
        f"A run costs up to {cost / 100:.2f} USD and {spent / 100:.2f} of the month's "
        f"{retrain.monthly_budget_usd:.2f} USD are spent.",
    )


def _retrain(facts: Facts, policy: ModelPolicy) -> Retrain:
    """Recent rows are those of the windows that the alarm looked at."""
    assert isinstance(facts.evidence, Evidence)  # the rules before saw to both
    diagnosis, until = facts.evidence.diagnosis, facts.evidence.end
    assert diagnosis.train_on is not None
    since = until - timedelta(seconds=policy.watch.alarm_periods * policy.watch.period_s)
    parameters = TrainingParameters(
        train_on=diagnosis.train_on,
        recent_from=since.isoformat(),
        recent_until=until.isoformat(),
        episode=facts.episode.id,
    )
    why = " ".join((f"{diagnosis.cause[:1].upper()}{diagnosis.cause[1:]}.", *diagnosis.evidence))
    return Retrain(episode.token(facts.episode.id), episode.display_name(facts.episode.id), parameters, why)
