"""What is decided where batches were due and none was watched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.contracts.alarms import SILENCE
from core.diagnosis import Verdict
from core.remediation.decide import decide
from core.remediation.decisions import Decision, Escalate, Hold
from core.remediation.facts import NoEvidence
from core.remediation.outcomes import Outcome
from tests.core.test_remediation import NOW, POLICY, diagnosed, facts

PERIOD, SECOND = timedelta(seconds=POLICY.watch.period_s), timedelta(seconds=1)
NONE_CAME = "A batch was due, and nothing was scored and watched. The last sign is of "
DECIDED: list[tuple[str, dict[str, Any], Decision]] = [
    (
        "none ever came",
        {"evidence": NoEvidence("none")},
        Escalate(Outcome.MONITOR_SILENT, f"{NONE_CAME}2026-11-17 12:00 UTC."),
    ),
    (
        "the last one came more than a period ago",
        {"evidence": diagnosed(Verdict.HEALTHY, NOW - PERIOD - SECOND)},
        Escalate(Outcome.MONITOR_SILENT, f"{NONE_CAME}2026-11-20 10:59 UTC."),
    ),
    (
        "one came a period ago",
        {"evidence": diagnosed(Verdict.HEALTHY, NOW - PERIOD)},
        Hold(Outcome.NOT_NEEDED, "Batches are watched: the last sign is of 2026-11-20 11:00 UTC."),
    ),
    (
        "the alarm was made two periods ago",
        {"evidence": NoEvidence("none"), "alarm_made": NOW - 2 * PERIOD},
        Hold(
            Outcome.NOT_NEEDED,
            "The alarm was made or changed 2026-11-20 10:00 UTC: no batch need have come about since.",
        ),
    ),
    (
        "the alarm is older",
        {"evidence": NoEvidence("none"), "alarm_made": NOW - 2 * PERIOD - SECOND},
        Escalate(Outcome.MONITOR_SILENT, f"{NONE_CAME}2026-11-17 12:00 UTC."),
    ),
    (
        "nothing is in service",
        {"release": None},
        Hold(Outcome.NOT_NEEDED, "No model is in service yet, so the monitor has nothing to report.", quiet=True),
    ),
]


@pytest.mark.parametrize(("changes", "decision"), [row[1:] for row in DECIDED], ids=[row[0] for row in DECIDED])
def test_a_silence_of_batches_comes_to_this(changes: dict[str, Any], decision: Decision) -> None:
    assert decide(facts(trouble=SILENCE, of_batches=True, **changes), POLICY) == decision
