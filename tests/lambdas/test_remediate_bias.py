"""An alarm on bias calls a person, and keeps no other alarm from being answered."""

from __future__ import annotations

from dataclasses import replace

from core.contracts.alarms import BIAS
from core.contracts.reports import BIAS_DRIFT, Violation
from core.diagnosis import Verdict
from core.remediation.facts import Evidence
from tests.lambdas.world import World


def biased(world: World, verdict: Verdict) -> None:
    """The newest report is of this verdict, and a group is treated worse."""
    world.window(verdict)
    found = world.findings.found
    assert isinstance(found, Evidence)
    unfair = Violation("sex", BIAS_DRIFT, "DPPL of sex=1: -0.3, at release -0.1")
    world.findings.found = replace(found, report=replace(found.report, violations=(unfair,)))


def test_a_person_is_called_once_and_nothing_is_started() -> None:
    world = World()
    biased(world, Verdict.HEALTHY)
    body = world.raise_alarm(BIAS)
    assert world.remediate(body) == "ESCALATED"
    world.remediate(body)  # delivered twice
    assert world.pipelines.runs == []
    (notice,) = world.topic.notices
    assert "DPPL of sex=1" in notice.text


def test_real_drift_is_answered_while_the_alarm_on_bias_stands() -> None:
    world = World()
    biased(world, Verdict.HEALTHY)
    world.remediate(world.raise_alarm(BIAS))
    biased(world, Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm("quality")) == "STARTED"
    (run,) = world.pipelines.runs
    assert run.parameters.train_on == "recent"
