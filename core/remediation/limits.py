"""What holds a start back, one rule each: it objects with a decision, or has nothing to say."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta

from core.contracts.policy import ModelPolicy
from core.remediation.budget import cents, spent_cents
from core.remediation.decisions import Decision, Escalate, Hold
from core.remediation.facts import Facts
from core.remediation.outcomes import Outcome

Rule = Callable[[Facts, ModelPolicy], Decision | None]


def objection(rules: tuple[Rule, ...], facts: Facts, policy: ModelPolicy) -> Decision | None:
    """Of the first rule that objects."""
    return next((found for rule in rules if (found := rule(facts, policy)) is not None), None)


def frozen(facts: Facts, policy: ModelPolicy) -> Decision | None:
    if stopped := facts.team.frozen or facts.model.frozen:
        return Hold(Outcome.BLOCKED_FREEZE, f"Remediation is stopped by a person: {stopped}")
    if facts.team.no_starts:
        return Hold(Outcome.BLOCKED_FREEZE, f"No run is started until a person allows it again: {facts.team.no_starts}")
    return None


def target(facts: Facts, policy: ModelPolicy) -> Decision | None:
    if facts.unfinished is not None:
        return None
    return Escalate(Outcome.TARGET_GONE, "The training pipeline does not exist any more.")


def running(facts: Facts, policy: ModelPolicy | None = None) -> Decision | None:
    """Whatever is under way with this model, by any policy."""
    model = facts.model
    if model.claim is not None and model.claim.episode != facts.episode.id:
        return Hold(Outcome.SUPPRESSED_RUNNING, "A run is being started for another alarm of this model.")
    if model.run is not None:
        return Hold(Outcome.SUPPRESSED_RUNNING, f"A run is under way: {model.run.execution_arn}")
    if facts.unfinished:
        return Hold(Outcome.SUPPRESSED_RUNNING, f"A run is under way: {facts.unfinished[0]}")
    coming = model.deployment or model.switch
    if coming is not None:
        return Hold(Outcome.SUPPRESSED_RUNNING, f"Version {coming.version} is on its way to the endpoint.")
    approved = [candidate.version for candidate in model.candidates if candidate.approved]
    if approved:
        return Hold(Outcome.SUPPRESSED_RUNNING, f"Version {approved[-1]} is approved and about to be deployed.")
    return None


def asked(facts: Facts, policy: ModelPolicy | None = None) -> Decision | None:
    """One question at a time: who is asked about a run need not be asked about the next."""
    if facts.model.asked in ("", facts.episode.id):
        return None
    return Hold(Outcome.SUPPRESSED_RUNNING, f"A run waits for a person's approval (episode {facts.model.asked[:12]}).")


def crowded(facts: Facts, policy: ModelPolicy) -> Decision | None:
    """As many runs as the environment may have at once."""
    others = [model for model in facts.team.running if model != policy.model]
    if not facts.most_runs or len(others) < facts.most_runs:
        return None
    found = f"{len(others)} runs are under way in this environment ({', '.join(others)})"
    return Hold(Outcome.SUPPRESSED_RUNNING, f"{found}; most_runs_at_once allows {facts.most_runs}.")


def circuit(facts: Facts, policy: ModelPolicy) -> Decision | None:
    attempts = facts.model.attempts
    if attempts < policy.retrain.attempts_without_improvement:
        return None
    return Escalate(Outcome.CIRCUIT_OPEN, f"{attempts} runs in a row brought no better model into service.")


def pace(facts: Facts, policy: ModelPolicy) -> Decision | None:
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


def switched_lately(facts: Facts, policy: ModelPolicy) -> Decision | None:
    """The cooldown holds for putting versions back as well: a window must show what the last one did."""
    last = facts.model.switched_at
    if last is None or facts.now >= (free := last + timedelta(seconds=policy.retrain.cooldown_s)):
        return None
    return Hold(
        Outcome.SUPPRESSED_COOLDOWN,
        f"A version was put back {last:%Y-%m-%d %H:%M} UTC; the next may be from {free:%Y-%m-%d %H:%M} on.",
    )


def affordable(facts: Facts, policy: ModelPolicy) -> Decision | None:
    budget = policy.retrain.monthly_budget_usd
    spent, cost = spent_cents(facts.model, facts.now), cents(policy.retrain.run_cost_usd)
    if spent + cost <= math.floor(round(budget * 100, 6)):
        return None
    return Escalate(
        Outcome.BLOCKED_BUDGET,
        f"A run costs up to {cost / 100:.2f} USD and {spent / 100:.2f} of the month's {budget:.2f} USD are spent.",
    )


TO_START: tuple[Rule, ...] = (target, running, asked, crowded, circuit, pace, affordable)
TO_PUT_BACK: tuple[Rule, ...] = (running, switched_lately)
