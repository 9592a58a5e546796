"""Decide what to do about an episode. No clock, no network: facts and policy in, a decision with its reason out."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.contracts.alarms import BIAS, SILENCE
from core.contracts.parameters import TrainingParameters
from core.contracts.policy import ModelPolicy
from core.contracts.reports import BIAS_DRIFT
from core.diagnosis import Diagnosis, Verdict
from core.remediation import episode
from core.remediation.approval import granted, lapsed
from core.remediation.decisions import Ask, Decision, Escalate, Freeze, Hold, PutBack, Retrain
from core.remediation.episode import ASKED_FOR, DEMAND, SCHEDULE
from core.remediation.facts import Evidence, Facts
from core.remediation.limits import TO_PUT_BACK, TO_START, asked, frozen, objection, running
from core.remediation.outcomes import Outcome
from core.remediation.responses import reason, response_to
from core.remediation.silence import LATE_PERIODS, OVERDUE_PERIODS, last_sign, older

NONE = "none"
MOST_BIAS = 3
"""Bias metrics that are named; each is told of each group."""
FAIRNESS = (
    "Do not retrain on the same rows: they would teach the same. Look at the group's requests and labels, and decide "
    "with whoever answers for fairness."
)

RETRAINED_ANYWAY = (
    "The world moved to where the model is wrong, for one group more than for others. The alarms on drift and quality "
    "decide about a run; whether a group is treated worse is judged by the model that comes of it."
)


def decide(facts: Facts, policy: ModelPolicy) -> Decision:
    """The first rule that objects decides; else the policy's response, within the limits of what it does."""
    objects = objection((_silence, frozen, _new_alarm, _evidence), facts, policy)
    if objects is not None:
        return objects
    if facts.trouble in ASKED_FOR:
        return _asked_for(facts, policy)
    assert isinstance(facts.evidence, Evidence)  # the rule before saw to it
    if granted(facts.episode, facts.model, facts.now):
        return _approved(facts, facts.evidence.diagnosis, policy)
    return _bias(facts, policy) or _respond(facts, facts.evidence.diagnosis, policy)


def why_of(diagnosis: Diagnosis) -> str:
    """Cause and numbers, in sentences."""
    return " ".join((_sentence(diagnosis.cause), *diagnosis.evidence))


def _for_a_person(diagnosis: Diagnosis, chosen: str = "") -> str:
    """What whoever is called has to know: which feature it is, what was seen of it, and what to do."""
    return _joined(why_of(diagnosis), diagnosis.response, chosen)


def _respond(facts: Facts, diagnosis: Diagnosis, policy: ModelPolicy) -> Decision:
    """The table of `core.remediation.responses`, carried out."""
    response = response_to(diagnosis.verdict, policy.retrain)
    chosen = reason(diagnosis.verdict, policy.retrain)
    held = _joined(_sentence(diagnosis.cause), diagnosis.response, chosen)
    match response:
        case "watch":
            return Hold(_HELD.get(diagnosis.verdict, Outcome.BLOCKED_DATA), held)
        case "notify":
            return Escalate(_CALLED.get(diagnosis.verdict, Outcome.ESCALATED), _for_a_person(diagnosis, chosen))
        case "freeze":
            return Freeze(_joined(why_of(diagnosis), chosen))
        case "rollback" | "fallback":
            return _put_back(facts, policy, _joined(why_of(diagnosis), chosen), fallback=response == "fallback")
        case "retrain" | "ask":
            if diagnosis.train_on is None:
                return Hold(Outcome.BLOCKED_DATA, held)
            retrain = _retrain(facts, _recent(facts, diagnosis, policy), _joined(why_of(diagnosis), chosen))
            if (objects := objection(TO_START, facts, policy)) is not None:
                return objects
            return _question(facts, retrain, policy) if response == "ask" else retrain


_HELD = {Verdict.HEALTHY: Outcome.NOT_NEEDED, Verdict.BENIGN_DRIFT: Outcome.NOT_NEEDED}
_CALLED = dict.fromkeys((Verdict.UPSTREAM_FAULT, Verdict.LABELS_NEEDED, Verdict.ESTIMATED_LOSS), Outcome.BLOCKED_DATA)


def _bias(facts: Facts, policy: ModelPolicy) -> Decision | None:
    """Whom a model treats worse is for people to judge: this alarm never starts anything. What else is wrong has an
    alarm of its own, which looks at as many windows as it takes to be sure; while that brings another model, people
    are not asked about this one. A sweep asks anew for as long as the alarm stands."""
    assert isinstance(facts.evidence, Evidence)
    found = [violation for violation in facts.evidence.report.violations if violation.check == BIAS_DRIFT]
    if facts.trouble != BIAS:
        return None
    if not found:
        return Hold(Outcome.NOT_NEEDED, "The newest window shows no bias metric farther from parity than at release.")
    if facts.evidence.diagnosis.verdict is Verdict.UPSTREAM_FAULT:
        return Hold(Outcome.NOT_NEEDED, "The data of the newest window is broken, which says nothing of fairness.")
    if (coming := running(facts) or asked(facts)) is not None:
        return coming
    if _retrained_anyway(facts, facts.evidence.diagnosis, policy):
        return Hold(Outcome.NOT_NEEDED, RETRAINED_ANYWAY)
    named = "; ".join(violation.description for violation in found[:MOST_BIAS])
    more = f"; and {len(found) - MOST_BIAS} more" if len(found) > MOST_BIAS else ""
    return Escalate(Outcome.ESCALATED, f"The model treats a group worse than at its release: {named}{more}. {FAIRNESS}")


def _retrained_anyway(facts: Facts, diagnosis: Diagnosis, policy: ModelPolicy) -> bool:
    """Whether the alarms on drift and quality would start a run, or ask about one, for what the newest report says."""
    acts = response_to(diagnosis.verdict, policy.retrain) in ("retrain", "ask") and diagnosis.train_on is not None
    return acts and objection(TO_START, facts, policy) is None


def _question(facts: Facts, retrain: Retrain, policy: ModelPolicy) -> Decision:
    """An episode asks once; what was answered too late is asked again by its next round."""
    if over := lapsed(facts.episode, facts.model, facts.now):
        return Hold(Outcome.EXPIRED, over)
    return Ask(retrain.parameters, facts.now + timedelta(seconds=policy.retrain.approval_s), retrain.why)


def _approved(facts: Facts, diagnosis: Diagnosis, policy: ModelPolicy) -> Decision:
    """A person has said yes to the run that was written down: the limits count again, and so does broken data."""
    if diagnosis.verdict is Verdict.UPSTREAM_FAULT:
        return Escalate(Outcome.BLOCKED_DATA, _for_a_person(diagnosis))
    asked, approval = facts.episode, facts.episode.approval
    assert approval is not None
    parameters = TrainingParameters(asked.train_on, asked.recent_from, asked.recent_until, asked.id, asked.without)
    why = f"{approval.by} approved it. {asked.why}"
    return objection(TO_START, facts, policy) or _retrain(facts, parameters, why)


def _asked_for(facts: Facts, policy: ModelPolicy) -> Decision:
    """A schedule or a person wants a run. Broken data and the limits hold it back as any other."""
    request = facts.episode.request
    assert request is not None  # written with the episode
    if facts.trouble == SCHEDULE and (objects := _new_enough(facts, policy)) is not None:
        return objects
    since = until = None
    if isinstance(facts.evidence, Evidence):
        diagnosis = facts.evidence.diagnosis
        if diagnosis.verdict is Verdict.UPSTREAM_FAULT and not set(diagnosis.features) <= set(request.without):
            return Escalate(Outcome.BLOCKED_DATA, _for_a_person(diagnosis))
        until = facts.evidence.end
        since = until - timedelta(days=request.recent_days)
    if until is None and request.train_on == "recent":
        return Hold(Outcome.BLOCKED_DATA, "Nothing is in service yet, so there are no recent requests to learn from.")
    parameters = TrainingParameters(
        train_on=request.train_on,
        recent_from=_text(since),
        recent_until=_text(until),
        episode=facts.episode.id,
        without=",".join(request.without) or NONE,
    )
    why = f"{request.by} asks for it: {facts.episode.reason}"
    return objection(TO_START, facts, policy) or _retrain(facts, parameters, why)


def _new_enough(facts: Facts, policy: ModelPolicy) -> Decision | None:
    """Half the time between two scheduled runs: whatever else brought a run or a model, it did what the schedule wants.

    A rate of EventBridge Scheduler is also due when it is made, so a deployment would start a run otherwise.
    """
    assert facts.release is not None  # the rule before saw to it
    newest = max((datetime.fromisoformat(facts.release.released_at), *facts.model.starts))
    if facts.now - newest >= timedelta(days=policy.retrain.every_days) / 2:
        return None
    return Hold(Outcome.NOT_NEEDED, f"The last run or release was {newest:%Y-%m-%d %H:%M} UTC: new enough.")


def _put_back(facts: Facts, policy: ModelPolicy, why: str, *, fallback: bool) -> Decision:
    model = facts.model
    if (objects := objection(TO_PUT_BACK, facts, policy)) is not None:
        return objects
    if not fallback:
        earlier = [version for version in model.served if version not in model.blocked and version != model.in_service]
        if not earlier:
            return Escalate(Outcome.ESCALATED, f"{why} But no earlier version is on record that could be put back.")
        return PutBack(earlier[-1], why)
    version = policy.retrain.fallback_version
    if version == model.in_service:
        return Escalate(Outcome.ESCALATED, f"{why} But the fallback, version {version}, is in service already.")
    if version in model.blocked or version < 1:
        return Escalate(Outcome.ESCALATED, f"{why} But the fallback, version {version}, was taken out of service.")
    return PutBack(version, why)


def _silence(facts: Facts, policy: ModelPolicy) -> Decision | None:
    if facts.trouble != SILENCE:
        return None
    last = last_sign(facts.evidence, facts.release)
    if last is None:
        return Hold(Outcome.NOT_NEEDED, "No model is in service yet, so the monitor has nothing to report.", quiet=True)
    if facts.of_batches:
        return _no_batches(facts, last, policy)
    if not older(last, facts.now, LATE_PERIODS, policy.watch.period_s):
        return Hold(Outcome.NOT_NEEDED, f"The monitor does report: its last sign is of {last:%Y-%m-%d %H:%M} UTC.")
    why = f"The monitor has been silent since {last:%Y-%m-%d %H:%M} UTC. The model is not watched."
    return Escalate(Outcome.MONITOR_SILENT, why)


def _no_batches(facts: Facts, last: datetime, policy: ModelPolicy) -> Decision:
    """The alarm has counted the times at which batches were due; of those before it was made it knows nothing."""
    made, period_s = facts.alarm_made, policy.watch.period_s
    if made is not None and not older(made, facts.now, LATE_PERIODS, period_s):
        why = f"The alarm was made or changed {made:%Y-%m-%d %H:%M} UTC: no batch need have come about since."
        return Hold(Outcome.NOT_NEEDED, why)
    if not older(last, facts.now, 1, period_s):
        return Hold(Outcome.NOT_NEEDED, f"Batches are watched: the last sign is of {last:%Y-%m-%d %H:%M} UTC.")
    why = f"A batch was due, and nothing was scored and watched. The last sign is of {last:%Y-%m-%d %H:%M} UTC."
    return Escalate(Outcome.MONITOR_SILENT, why)


def _new_alarm(facts: Facts, policy: ModelPolicy) -> Decision | None:
    """An alarm that was just made or changed goes into ALARM by what was measured before it was there."""
    made = facts.alarm_made
    if made is None or facts.episode.raised_at < made:
        return None
    until = made + timedelta(seconds=policy.retrain.grace_s)
    if facts.now >= until:
        return None
    why = f"The alarm was made or changed {made:%Y-%m-%d %H:%M} UTC; it is believed from {until:%H:%M} UTC on."
    return Hold(Outcome.NEW_ALARM, why)


def _evidence(facts: Facts, policy: ModelPolicy) -> Decision | None:
    if facts.release is None:
        if facts.trouble == DEMAND:  # the first model of all
            return None
        return Hold(Outcome.NOT_NEEDED, "No model is in service yet.", quiet=facts.trouble == SCHEDULE)
    evidence = facts.evidence
    if not isinstance(evidence, Evidence):
        return Hold(Outcome.BLOCKED_DATA, evidence.why)
    if evidence.report.package_arn != facts.release.package_arn:
        outcome = Outcome.BLOCKED_DATA if facts.trouble in ASKED_FOR else Outcome.NOT_NEEDED
        return Hold(outcome, "The newest report is about a model that is no longer in service.")
    if older(evidence.judged, facts.now, OVERDUE_PERIODS, policy.watch.period_s):
        return Hold(Outcome.BLOCKED_DATA, f"The newest report ended {evidence.report.end}: too old to judge by.")
    return None


def _recent(facts: Facts, diagnosis: Diagnosis, policy: ModelPolicy) -> TrainingParameters:
    """Recent rows are those of the windows that the alarm looked at."""
    assert isinstance(facts.evidence, Evidence)
    assert diagnosis.train_on is not None
    until = facts.evidence.end
    since = until - timedelta(seconds=policy.watch.alarm_periods * policy.watch.period_s)
    return TrainingParameters(diagnosis.train_on, since.isoformat(), until.isoformat(), facts.episode.id)


def _retrain(facts: Facts, parameters: TrainingParameters, why: str) -> Retrain:
    return Retrain(episode.token(facts.episode.id), episode.display_name(facts.episode.id), parameters, why)


def _text(time: datetime | None) -> str:
    return time.isoformat() if time else NONE


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
