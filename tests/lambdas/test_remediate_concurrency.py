"""Several handlers at the same time: whatever the order of their calls, one run is started."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.remediation.outcomes import Outcome
from tests.lambdas.turns import Turns
from tests.lambdas.world import POLICY, SWEEP, World

SCHEDULES = st.lists(st.integers(0, 5), max_size=120)


def at_once(world: World, schedule: list[int], bodies: list[str]) -> None:
    turns = Turns(world.faults, iter(schedule))
    turns.run([lambda body=body: world.remediate(body) for body in bodies])  # type: ignore[misc]
    assert turns.failures == []
    for body in (*bodies, SWEEP):
        world.delivered(world.remediate, body)


@pytest.mark.fault("F1", "F19")
@given(SCHEDULES)
@settings(max_examples=60, deadline=None)
def test_the_same_event_three_times_at_once_is_one_run(schedule: list[int]) -> None:
    world = World()
    at_once(world, schedule, [world.raise_alarm()] * 3)
    assert len(world.pipelines.runs) == 1
    assert (world.model.attempts, world.model.spent_cents, world.model.claim) == (1, 150, None)
    assert len({notice.attributes["dedup"] for notice in world.topic.notices}) == 1


@pytest.mark.fault("F7", "F19")
@given(SCHEDULES)
@settings(max_examples=60, deadline=None)
def test_three_alarms_of_a_model_at_once_are_one_run_even_without_a_cooldown(schedule: list[int]) -> None:
    world = World(replace(POLICY, retrain=replace(POLICY.retrain, cooldown_s=0)))
    at_once(world, schedule, [world.raise_alarm(kind) for kind in ("quality", "drift", "attribution")])
    assert len(world.pipelines.runs) == 1
    outcomes = sorted(str(episode.outcome) for episode in world.episodes)
    assert outcomes == ["STARTED", "SUPPRESSED_RUNNING", "SUPPRESSED_RUNNING"]
    assert world.model.unannounced == ()


@given(SCHEDULES)
@settings(max_examples=60, deadline=None)
def test_the_sweep_and_the_event_at_once_are_one_run(schedule: list[int]) -> None:
    world = World()
    at_once(world, schedule, [world.raise_alarm(), SWEEP, SWEEP])
    assert (len(world.pipelines.runs), [episode.outcome for episode in world.episodes]) == (1, [Outcome.STARTED])
    assert world.topic.outcomes == ["STARTED"], "where nothing fails, everything is said once"


@pytest.mark.fault("F39")
@given(SCHEDULES)
@settings(max_examples=60, deadline=None)
def test_after_a_freeze_has_committed_no_claim_commits(schedule: list[int]) -> None:
    world = World()
    frozen_at: list[int] = []

    def freeze() -> None:
        world.faults.call("operator", lambda: world.freeze("incident 7"))
        frozen_at.append(world.model.revision)

    body = world.raise_alarm()
    turns = Turns(world.faults, iter(schedule))
    turns.run([lambda: world.remediate(body), freeze])
    assert turns.failures == []
    claimed_before = frozen_at[0] > 1
    assert bool(world.pipelines.runs) <= claimed_before
