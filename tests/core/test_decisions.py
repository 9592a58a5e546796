"""What is decided, to the letter: each branch of `decide` as the whole decision that comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.contracts.parameters import TrainingParameters
from core.contracts.policy import ModelPolicy
from core.diagnosis import Diagnosis, Verdict
from core.remediation.decide import decide, why_of
from core.remediation.decisions import Ask, Decision, Escalate, Freeze, Hold, PutBack, Retrain
from core.remediation.episode import display_name, token
from core.remediation.outcomes import Outcome
from core.remediation.parts import Approval, Deployment
from core.remediation.rows import TeamRow
from tests.core.test_remediation import EPISODE, NOW, POLICY, diagnosed, facts, model

WHY = "The world moved. numbers."

DONE = "The world moved. Retrain."
TOLD = "The world moved. numbers. Retrain."
"""To whom has to act."""

MEANT = {
    "notify": "start nothing and call a person",
    "ask": "start one training run when a person has approved it",
    "rollback": "put the version that served before back into service",
    "fallback": "put the version that the team has named into service",
    "freeze": "start and deploy nothing for the model until a person lifts that",
}

RECENT = TrainingParameters(
    "recent", (NOW - timedelta(hours=3)).isoformat(), NOW.isoformat(), EPISODE.id, without="none"
)


def choosing(verdict: Verdict, response: str, **retrain: Any) -> ModelPolicy:
    return replace(POLICY, retrain=replace(POLICY.retrain, responses={verdict.value: response}, **retrain))


def chosen(verdict: Verdict, response: str) -> str:
    return f"The team's file answers {verdict.value} with {response!r}: {MEANT[response]}."


def retrain(parameters: TrainingParameters, why: str, episode: str = EPISODE.id) -> Retrain:
    return Retrain(token(episode), display_name(episode), parameters, why)


REAL, BENIGN, FAULT = Verdict.REAL_DRIFT, Verdict.BENIGN_DRIFT, Verdict.UPSTREAM_FAULT

LABELS, NOTHING_PROVEN, ESTIMATED = Verdict.LABELS_NEEDED, Verdict.INCONCLUSIVE, Verdict.ESTIMATED_LOSS

SERVED = model(in_service=4, served=(1, 2, 3))

BACK = f"{WHY} {chosen(REAL, 'rollback')}"

FALL = f"{WHY} {chosen(REAL, 'fallback')}"

RESPONSES: list[tuple[str, Verdict, str, dict[str, Any], dict[str, Any], Decision]] = [
    ("healthy is watched", Verdict.HEALTHY, "", {}, {}, Hold(Outcome.NOT_NEEDED, DONE)),
    ("benign is watched", BENIGN, "", {}, {}, Hold(Outcome.NOT_NEEDED, DONE)),
    ("what proves nothing is watched", NOTHING_PROVEN, "", {}, {}, Hold(Outcome.BLOCKED_DATA, DONE)),
    ("a fault calls a person", FAULT, "", {}, {}, Escalate(Outcome.BLOCKED_DATA, TOLD)),
    ("labels are called for", LABELS, "", {}, {}, Escalate(Outcome.BLOCKED_DATA, TOLD)),
    ("an estimated loss calls for labels", ESTIMATED, "", {}, {}, Escalate(Outcome.BLOCKED_DATA, TOLD)),
    (
        "a team that wants to hear of benign drift",
        BENIGN,
        "notify",
        {},
        {},
        Escalate(Outcome.ESCALATED, f"{TOLD} {chosen(BENIGN, 'notify')}"),
    ),
    (
        "a team that wants to hear of real drift",
        REAL,
        "notify",
        {},
        {},
        Escalate(Outcome.ESCALATED, f"{TOLD} {chosen(REAL, 'notify')}"),
    ),
    ("frozen by real drift", REAL, "freeze", {}, {}, Freeze(f"{WHY} {chosen(REAL, 'freeze')}")),
    ("frozen by a fault", FAULT, "freeze", {}, {}, Freeze(f"{WHY} {chosen(FAULT, 'freeze')}")),
    ("real drift is retrained on", REAL, "", {}, {}, retrain(RECENT, WHY)),
    (
        "asked about, for a day",
        REAL,
        "ask",
        {},
        {"approval_s": 86_400},
        Ask(RECENT, NOW + timedelta(days=1), f"{WHY} {chosen(REAL, 'ask')}"),
    ),
    (
        "nobody is asked about what may not start",
        REAL,
        "ask",
        {"unfinished": None},
        {},
        Escalate(Outcome.TARGET_GONE, "The training pipeline does not exist any more."),
    ),
    ("the last version that served goes back", REAL, "rollback", {"model": SERVED}, {}, PutBack(3, BACK)),
    (
        "not one that was taken out",
        REAL,
        "rollback",
        {"model": replace(SERVED, blocked=(3,))},
        {},
        PutBack(2, BACK),
    ),
    ("not the one in service", REAL, "rollback", {"model": replace(SERVED, in_service=3)}, {}, PutBack(2, BACK)),
    (
        "none is left to go back to",
        REAL,
        "rollback",
        {"model": replace(SERVED, served=(3,), blocked=(3,))},
        {},
        Escalate(Outcome.ESCALATED, f"{BACK} But no earlier version is on record that could be put back."),
    ),
    (
        "going back waits for what is on its way",
        REAL,
        "rollback",
        {"model": replace(SERVED, deployment=Deployment(episode="e", package_arn="p", version=5, before="", at=NOW))},
        {},
        Hold(Outcome.SUPPRESSED_RUNNING, "Version 5 is on its way to the endpoint."),
    ),
    ("the fallback goes in", REAL, "fallback", {"model": SERVED}, {"fallback_version": 2}, PutBack(2, FALL)),
    ("version 1 is a fallback", REAL, "fallback", {"model": SERVED}, {"fallback_version": 1}, PutBack(1, FALL)),
    (
        "the fallback serves already",
        REAL,
        "fallback",
        {"model": SERVED},
        {"fallback_version": 4},
        Escalate(Outcome.ESCALATED, f"{FALL} But the fallback, version 4, is in service already."),
    ),
    (
        "the fallback was taken out",
        REAL,
        "fallback",
        {"model": replace(SERVED, blocked=(2,))},
        {"fallback_version": 2},
        Escalate(Outcome.ESCALATED, f"{FALL} But the fallback, version 2, was taken out of service."),
    ),
    (
        "no fallback is named",
        REAL,
        "fallback",
        {"model": SERVED},
        {"fallback_version": 0},
        Escalate(Outcome.ESCALATED, f"{FALL} But the fallback, version 0, was taken out of service."),
    ),
]


@pytest.mark.parametrize(
    ("verdict", "response", "changes", "limits", "decision"),
    [row[1:] for row in RESPONSES],
    ids=[r[0] for r in RESPONSES],
)
def test_each_response_comes_to_this(
    verdict: Verdict, response: str, changes: dict[str, Any], limits: dict[str, Any], decision: Decision
) -> None:
    policy = choosing(verdict, response, **limits) if response else POLICY
    assert decide(facts(evidence=diagnosed(verdict), **changes), policy) == decision


def test_what_cannot_be_learned_from_is_not_retrained_on() -> None:
    known = facts(evidence=diagnosed(REAL, train_on=None))
    assert decide(known, POLICY) == Hold(Outcome.BLOCKED_DATA, DONE)
    with_choice = Hold(Outcome.BLOCKED_DATA, f"{DONE} {chosen(REAL, 'ask')}")
    assert decide(known, choosing(REAL, "ask")) == with_choice


def test_a_cause_without_words_is_an_empty_sentence_and_evidence_is_joined_by_spaces() -> None:
    plain = Diagnosis(REAL, (), ("a.", "b."), "it moved", "high", (), "Retrain.", "all")
    assert why_of(plain) == "It moved. a. b."


APPROVED = replace(
    EPISODE,
    outcome=Outcome.APPROVAL_PENDING,
    why="The world moved. numbers.",
    train_on="all",
    recent_from="2026-11-20T09:00:00+00:00",
    recent_until="2026-11-20T12:00:00+00:00",
    without="age",
    approval=Approval(until=NOW, in_service=0, by="ada", at=NOW, granted=True),
)

WRITTEN_DOWN = TrainingParameters(
    "all", "2026-11-20T09:00:00+00:00", "2026-11-20T12:00:00+00:00", EPISODE.id, without="age"
)

LATER = timedelta(seconds=1)

APPROVALS: list[tuple[str, dict[str, Any], Decision]] = [
    ("a yes starts the run that was asked about", {}, retrain(WRITTEN_DOWN, f"ada approved it. {WHY}")),
    (
        "also where the window has healed since",
        {"evidence": diagnosed(Verdict.HEALTHY)},
        retrain(WRITTEN_DOWN, f"ada approved it. {WHY}"),
    ),
    (
        "broken data hold it back",
        {"evidence": diagnosed(FAULT)},
        Escalate(Outcome.BLOCKED_DATA, TOLD),
    ),
    (
        "so do the limits",
        {"model": model(attempts=3)},
        Escalate(Outcome.CIRCUIT_OPEN, "3 runs in a row brought no better model into service."),
    ),
    (
        "and a freeze",
        {"team": TeamRow(frozen="incident 7")},
        Hold(Outcome.BLOCKED_FREEZE, "Remediation is stopped by a person: incident 7"),
    ),
    (
        "a yes that came to nothing in time is over",
        {"now": NOW + LATER},
        Hold(Outcome.EXPIRED, "ada approved it, but until 2026-11-20 12:00 UTC it could not be started."),
    ),
    (
        "so is one about another version",
        {"model": model(in_service=5)},
        Hold(Outcome.EXPIRED, "Version 5 was put into service since version 0 was asked about."),
    ),
    (
        "nobody has answered",
        {
            "now": NOW + LATER,
            "episode": replace(APPROVED, approval=Approval(until=NOW, in_service=0)),
        },
        Hold(Outcome.EXPIRED, "Nobody approved it until 2026-11-20 12:00 UTC."),
    ),
]


@pytest.mark.parametrize(("changes", "decision"), [row[1:] for row in APPROVALS], ids=[row[0] for row in APPROVALS])
def test_each_answer_comes_to_this(changes: dict[str, Any], decision: Decision) -> None:
    assert decide(facts(**{"episode": APPROVED, **changes}), choosing(REAL, "ask")) == decision
