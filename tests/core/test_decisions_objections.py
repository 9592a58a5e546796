"""What is said of an alarm before its report is diagnosed, to the letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.remediation.decide import decide
from core.remediation.decisions import Decision, Escalate, Hold, Retrain
from core.remediation.facts import NoEvidence
from core.remediation.outcomes import Outcome
from tests.core.test_decisions import LATER, REAL
from tests.core.test_remediation import EPISODE, NOW, POLICY, diagnosed, facts

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
    (
        "an alarm that was raised in the second in which it was made",
        {"alarm_made": NOW},
        Hold(
            Outcome.NEW_ALARM,
            "The alarm was made or changed 2026-11-20 12:00 UTC; it is believed from 13:00 UTC on.",
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
