"""What a schedule or a person asks for, to the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.contracts.parameters import TrainingParameters
from core.diagnosis import Verdict
from core.remediation.decide import decide
from core.remediation.decisions import Decision, Escalate, Hold
from core.remediation.episode import Cause, demanded
from core.remediation.facts import Evidence, NoEvidence
from core.remediation.outcomes import Outcome
from core.remediation.parts import Request
from core.remediation.transitions import opened
from tests.core.test_decisions import FAULT, REAL, TOLD, retrain
from tests.core.test_remediation import NOW, POLICY, RELEASE, diagnosed, facts, model

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

BROKEN = Escalate(Outcome.BLOCKED_DATA, TOLD)

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
