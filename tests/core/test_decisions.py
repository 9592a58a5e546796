"""What is decided, to the letter: each branch of `decide` as the whole decision that comes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from core.contracts.parameters import TrainingParameters
from core.contracts.policy import ModelPolicy
from core.diagnosis import Diagnosis, Verdict
from core.remediation.decide import decide, why_of
from core.remediation.decisions import Ask, Decision, Escalate, Freeze, Hold, PutBack, Retrain
from core.remediation.episode import Cause, cause_of, demanded, display_name, token
from core.remediation.facts import Evidence, NoEvidence
from core.remediation.outcomes import Outcome
from core.remediation.parts import Approval, Deployment, Request
from core.remediation.rows import TeamRow
from core.remediation.transitions import opened
from tests.core.test_remediation import EPISODE, NOW, POLICY, RELEASE, diagnosed, facts, model

WHY = "The world moved. numbers."
DONE = "The world moved. Retrain."
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
LABELS, NOTHING_PROVEN = Verdict.LABELS_NEEDED, Verdict.INCONCLUSIVE
SERVED = model(in_service=4, served=(1, 2, 3))
BACK = f"{WHY} {chosen(REAL, 'rollback')}"
FALL = f"{WHY} {chosen(REAL, 'fallback')}"

RESPONSES: list[tuple[str, Verdict, str, dict[str, Any], dict[str, Any], Decision]] = [
    ("healthy is watched", Verdict.HEALTHY, "", {}, {}, Hold(Outcome.NOT_NEEDED, DONE)),
    ("benign is watched", BENIGN, "", {}, {}, Hold(Outcome.NOT_NEEDED, DONE)),
    ("what proves nothing is watched", NOTHING_PROVEN, "", {}, {}, Hold(Outcome.BLOCKED_DATA, DONE)),
    ("a fault calls a person", FAULT, "", {}, {}, Escalate(Outcome.BLOCKED_DATA, DONE)),
    ("labels are called for", LABELS, "", {}, {}, Escalate(Outcome.BLOCKED_DATA, DONE)),
    (
        "a team that wants to hear of benign drift",
        BENIGN,
        "notify",
        {},
        {},
        Escalate(Outcome.ESCALATED, f"{DONE} {chosen(BENIGN, 'notify')}"),
    ),
    (
        "a team that wants to hear of real drift",
        REAL,
        "notify",
        {},
        {},
        Escalate(Outcome.ESCALATED, f"{DONE} {chosen(REAL, 'notify')}"),
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
        Escalate(Outcome.BLOCKED_DATA, DONE),
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


DEMANDED = demanded("risk-dev-churn", "request-1", NOW)
BY_ADA = Request(by="ada", train_on="all", recent_days=7)
BY_SCHEDULE = Request(by="the schedule", train_on="all", recent_days=30)
LONG_AGO = replace(RELEASE, released_at=(NOW - timedelta(days=15)).isoformat())
MONTHLY = replace(POLICY, retrain=replace(POLICY.retrain, every_days=30))


def wanted(request: Request = BY_ADA, trouble: str = "demand", **changes: Any) -> Any:
    cause = DEMANDED if trouble == "demand" else Cause("schedule", NOW)
    episode = opened(cause, "churn", "new labels", trouble, request)
    return facts(**{"trouble": trouble, "episode": episode, "release": LONG_AGO, **changes})


def run_of(known: Any, train_on: str, days: int | None, without: str = "none") -> TrainingParameters:
    window = ("none", "none") if days is None else ((NOW - timedelta(days=days)).isoformat(), NOW.isoformat())
    return TrainingParameters(train_on, *window, known.episode.id, without)  # type: ignore[arg-type]


ADA, DUE = "ada asks for it: new labels", "the schedule asks for it: new labels"
RUNS_TWICE = model(starts=(NOW - timedelta(days=40), NOW - timedelta(days=2)))
CIRCUIT = Escalate(Outcome.CIRCUIT_OPEN, "3 runs in a row brought no better model into service.")
BROKEN = Escalate(Outcome.BLOCKED_DATA, DONE)
NEVER = Hold(Outcome.BLOCKED_DATA, "Nothing is in service yet, so there are no recent requests to learn from.")


@pytest.mark.parametrize(
    ("known", "train_on", "days", "without", "why"),
    [
        (wanted(), "all", 7, "none", ADA),
        (wanted(replace(BY_ADA, train_on="recent", recent_days=2)), "recent", 2, "none", ADA),
        (wanted(replace(BY_ADA, without=("a", "b"))), "all", 7, "a,b", ADA),
        (wanted(release=None, evidence=NoEvidence("none")), "all", None, "none", ADA),
        (wanted(evidence=diagnosed(Verdict.HEALTHY)), "all", 7, "none", ADA),
        (
            wanted(evidence=diagnosed(FAULT), request=replace(BY_ADA, without=("x",))),
            "all",
            7,
            "x",
            ADA,
        ),
        (wanted(BY_SCHEDULE, "schedule"), "all", 30, "none", DUE),
        (
            wanted(BY_SCHEDULE, "schedule", model=model(starts=(NOW - timedelta(days=15),))),
            "all",
            30,
            "none",
            DUE,
        ),
    ],
)
def test_what_is_asked_for_is_started_as_it_was_asked(
    known: Any, train_on: str, days: int | None, without: str, why: str
) -> None:
    expected = retrain(run_of(known, train_on, days, without), why, known.episode.id)
    assert decide(known, MONTHLY) == expected


def faulty(*features: str) -> Evidence:
    found = diagnosed(FAULT)
    return replace(found, diagnosis=replace(found.diagnosis, features=features))


@pytest.mark.parametrize(
    ("known", "decision"),
    [
        (wanted(evidence=faulty("age")), BROKEN),
        (wanted(replace(BY_ADA, without=("age",)), evidence=faulty("age", "sex")), BROKEN),
        (wanted(replace(BY_ADA, train_on="recent"), release=None, evidence=NoEvidence("-")), NEVER),
        (
            wanted(BY_SCHEDULE, "schedule", release=None),
            Hold(Outcome.NOT_NEEDED, "No model is in service yet.", quiet=True),
        ),
        (
            wanted(BY_SCHEDULE, "schedule", release=RELEASE),
            Hold(Outcome.NOT_NEEDED, "The last run or release was 2026-11-17 12:00 UTC: new enough."),
        ),
        (
            wanted(BY_SCHEDULE, "schedule", model=RUNS_TWICE),
            Hold(Outcome.NOT_NEEDED, "The last run or release was 2026-11-18 12:00 UTC: new enough."),
        ),
        (
            wanted(evidence=diagnosed(REAL, package="other")),
            Hold(Outcome.BLOCKED_DATA, "The newest report is about a model that is no longer in service."),
        ),
        (wanted(model=model(attempts=3)), CIRCUIT),
        (wanted(evidence=NoEvidence("no report")), Hold(Outcome.BLOCKED_DATA, "no report")),
    ],
)
def test_what_is_asked_for_is_held_back_as_any_other_run(known: Any, decision: Decision) -> None:
    assert decide(known, MONTHLY) == decision


SAID = NOW - timedelta(hours=3)
OBJECTIONS: list[tuple[str, dict[str, Any], Decision]] = [
    (
        "silent",
        {"trouble": "silence", "evidence": NoEvidence("none")},
        Escalate(
            Outcome.MONITOR_SILENT,
            "The monitor has been silent since 2026-11-17 12:00 UTC. The model is not watched.",
        ),
    ),
    (
        "it reported a moment ago",
        {"trouble": "silence", "evidence": diagnosed(REAL, NOW - timedelta(hours=2))},
        Hold(Outcome.NOT_NEEDED, "The monitor does report: its last sign is of 2026-11-20 10:00 UTC."),
    ),
    (
        "nothing to report on",
        {"trouble": "silence", "release": None},
        Hold(Outcome.NOT_NEEDED, "No model is in service yet, so the monitor has nothing to report.", quiet=True),
    ),
    (
        "a new alarm",
        {"alarm_made": NOW - timedelta(minutes=59)},
        Hold(
            Outcome.NEW_ALARM,
            "The alarm was made or changed 2026-11-20 11:01 UTC; it is believed from 12:01 UTC on.",
        ),
    ),
    ("not released", {"release": None}, Hold(Outcome.NOT_NEEDED, "No model is in service yet.")),
    ("no report", {"evidence": NoEvidence("none")}, Hold(Outcome.BLOCKED_DATA, "none")),
    (
        "a report about another model",
        {"evidence": diagnosed(REAL, package="other")},
        Hold(Outcome.NOT_NEEDED, "The newest report is about a model that is no longer in service."),
    ),
    (
        "an old report",
        {"evidence": diagnosed(REAL, SAID - LATER)},
        Hold(Outcome.BLOCKED_DATA, "The newest report ended 2026-11-20T08:59:59+00:00: too old to judge by."),
    ),
]


@pytest.mark.parametrize(("changes", "decision"), [row[1:] for row in OBJECTIONS], ids=[row[0] for row in OBJECTIONS])
def test_each_objection_says_what_it_found(changes: dict[str, Any], decision: Decision) -> None:
    assert decide(facts(**changes), POLICY) == decision


@pytest.mark.parametrize(
    ("made", "raised", "now"),
    [
        (NOW - timedelta(minutes=60), NOW, NOW),
        (NOW + timedelta(seconds=1), NOW, NOW),
        (None, NOW, NOW),
    ],
    ids=["its grace is over", "it was changed after it was raised", "nobody knows when it was made"],
)
def test_an_alarm_is_believed_once_its_grace_is_over(made: datetime | None, raised: datetime, now: datetime) -> None:
    known = facts(alarm_made=made, now=now, episode=replace(EPISODE, raised_at=raised))
    assert isinstance(decide(known, POLICY), Retrain)


def test_the_token_the_name_and_the_id_are_these_and_no_others() -> None:
    """A change of any of them would start the runs of open episodes a second time."""
    cause = Cause("arn:aws:cloudwatch:us-east-1:111122223333:alarm:risk-dev-churn-quality", NOW, 2)
    assert cause.id == "8aaf55b06fc42987dab7b98cb07680193128ff1a7376b51b1f48fbbcfbe1cfde"
    assert token(cause.id) == "e9097963661e6ca4c2a5ce35b15a81b7474872ff042809113cd63947250fcc57"
    assert display_name(cause.id) == f"episode-{cause.id}"
    assert (
        demanded("risk-dev-churn", "request-1", NOW).id
        == "0ad381055afda46c4df1a03b04668c401ba3997ffc07db2d279686ba517faf8a"
    )


def test_the_cause_of_a_written_episode_is_found_again_or_none() -> None:
    cause = Cause("alarm", NOW, 3)
    assert cause_of(cause.id, "alarm", NOW, 3, "quality") == cause
    assert cause_of(cause.id, "alarm", NOW, 2, "quality") is None
    assert cause_of(DEMANDED.id, DEMANDED.source, NOW + timedelta(hours=1), 1, "demand") is not None


def test_the_bounds_of_a_round_are_named() -> None:
    assert Cause("alarm", NOW, 24).round == 24
    for wrong in (0, 25):
        with pytest.raises(ValueError, match=f"^round {wrong} is not between 1 and 24$"):
            Cause("alarm", NOW, wrong)
    with pytest.raises(ValueError, match=r"^a cause needs a time with an offset from UTC, got 2026-11-20T12:00:00$"):
        Cause("alarm", NOW.replace(tzinfo=None))


def test_the_same_second_in_another_zone_is_the_same_episode() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    assert Cause("alarm", there).id == Cause("alarm", NOW).id
    assert Cause("alarm", NOW).id != Cause("alarm", NOW + LATER).id
