"""What a sweep finds of alarms: those that nobody heard, and those that still stand after a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.diagnosis import Verdict
from core.remediation.outcomes import Outcome
from tests.lambdas.alarmed import policy
from tests.lambdas.world import SWEEP, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.fault("F20")
def test_an_alarm_that_nobody_heard_is_opened_by_the_sweep(world: World) -> None:
    world.raise_alarm()
    world.remediate(SWEEP)
    assert world.episode().outcome is Outcome.STARTED


@pytest.mark.parametrize("rounded", [-1, 0, 1])
def test_the_sweep_and_the_event_mean_the_same_episode(world: World, rounded: int) -> None:
    """The event cuts milliseconds off, DescribeAlarms may round them."""
    body = world.raise_alarm()
    (alarm,) = world.alarms.raised
    world.alarms.raised = [replace(alarm, since=alarm.since + timedelta(seconds=rounded))]
    world.remediate(body)
    world.remediate(SWEEP)
    assert len(world.episodes) == 1


@pytest.mark.fault("F9")
def test_an_alarm_suppressed_by_a_run_is_looked_at_again_at_its_end(world: World) -> None:
    world.remediate(world.raise_alarm("quality"))
    world.remediate(world.raise_alarm("drift"))
    at = world.clock.now
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.recover("quality")
    world.clock.pass_(hours=7)
    world.window(Verdict.REAL_DRIFT)
    world.remediate(SWEEP)
    assert world.episode("drift", at).outcome is Outcome.STARTED
    assert len(world.pipelines.runs) == 2


@pytest.mark.fault("F26")
def test_an_alarm_that_stands_after_a_failed_run_gets_another_round_after_the_cooldown(world: World) -> None:
    at = world.clock.now
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.remediate(SWEEP)
    assert len(world.episodes) == 1, "no new evidence, no new round"
    world.clock.pass_(hours=1)
    world.window(Verdict.REAL_DRIFT)
    world.remediate(SWEEP)
    assert len(world.episodes) == 1, "a round is not opened to say that it waits"
    world.clock.pass_(hours=6)
    world.window(Verdict.REAL_DRIFT)
    world.remediate(SWEEP)
    assert world.episode(at=at, round=2).outcome is Outcome.STARTED
    assert world.pipelines.runs[0].token != world.pipelines.runs[1].token


@pytest.mark.fault("F26")
def test_a_failed_run_is_not_repeated_on_the_window_that_led_to_it() -> None:
    world = World(policy(cooldown_s=0))
    world.remediate(world.raise_alarm())
    world.clock.pass_(minutes=30)
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.remediate(SWEEP)
    assert len(world.pipelines.runs) == 1
    world.clock.pass_(minutes=30)
    world.window(Verdict.REAL_DRIFT)
    world.remediate(SWEEP)
    assert len(world.pipelines.runs) == 2


def test_what_a_sweep_finds_unneeded_is_not_told_again(world: World) -> None:
    world.window(Verdict.UPSTREAM_FAULT)
    world.remediate(world.raise_alarm())
    world.clock.pass_(hours=1)
    world.window(Verdict.HEALTHY)
    world.remediate(SWEEP)
    assert world.episodes[0].outcome is Outcome.NOT_NEEDED
    assert world.topic.outcomes == ["BLOCKED_DATA"]


@pytest.mark.fault("F43")
def test_after_a_release_an_alarm_that_still_stands_waits_for_the_new_models_report(world: World) -> None:
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0])
    world.sweep()
    world.endpoints.finish(well=True)
    world.sweep()
    assert world.episodes[0].outcome is Outcome.PROMOTED
    world.clock.pass_(hours=2)
    world.remediate(SWEEP)
    world.window(Verdict.HEALTHY)
    world.remediate(SWEEP)
    assert (len(world.pipelines.runs), world.topic.outcomes) == (1, ["STARTED", "PROMOTED"])
