"""An alarm that was just made or changed is believed after a grace."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.diagnosis import Verdict
from core.remediation.outcomes import Outcome
from tests.lambdas.world import NAMES, SWEEP, World


@pytest.fixture
def made() -> World:
    """The alarm was made a minute ago, and goes into ALARM by what was measured before."""
    world = World()
    world.alarms.changed[NAMES.alarm("quality")] = world.clock.header - timedelta(minutes=1)
    return world


@pytest.mark.fault("F6")
def test_the_first_transition_of_a_new_alarm_is_recorded_and_not_believed(made: World) -> None:
    assert made.remediate(made.raise_alarm()) == "NEW_ALARM"
    made.remediate(SWEEP)
    assert (made.pipelines.runs, made.topic.outcomes) == ([], ["NEW_ALARM"])


@pytest.mark.fault("F6")
def test_a_new_alarm_that_still_stands_after_the_grace_is_believed(made: World) -> None:
    made.remediate(made.raise_alarm())
    made.clock.pass_(minutes=59)
    made.window(Verdict.REAL_DRIFT)
    made.remediate(SWEEP)
    assert len(made.pipelines.runs) == 1


def test_a_new_alarm_that_was_never_heard_has_its_grace_in_the_sweep_as_well(made: World) -> None:
    made.raise_alarm()
    made.remediate(SWEEP)
    assert (made.pipelines.runs, made.episodes[0].outcome) == ([], Outcome.NEW_ALARM)


def test_an_alarm_that_stood_before_it_was_changed_is_believed(made: World) -> None:
    made.remediate(made.raise_alarm(at=made.clock.now - timedelta(minutes=10)))
    assert len(made.pipelines.runs) == 1


def test_a_silent_monitor_needs_no_grace(made: World) -> None:
    made.alarms.changed[NAMES.alarm("silence")] = made.clock.header
    made.clock.pass_(hours=3)
    assert made.remediate(made.raise_alarm("silence")) == "MONITOR_SILENT"
