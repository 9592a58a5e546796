"""Each outcome is told once, also where the one who was to tell it died."""

from __future__ import annotations

import pytest

from tests.lambdas.alarmed import cut_off
from tests.lambdas.faults import Fault
from tests.lambdas.world import SWEEP, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.fault("F22")
def test_an_outcome_that_could_not_be_announced_is_announced_by_the_sweep(world: World) -> None:
    cut_off(world, "topic.publish", Fault.REQUEST_LOST)
    assert (world.topic.notices, world.model.unannounced) == ([], (world.episode().id,))
    world.remediate(SWEEP)
    world.remediate(SWEEP)
    assert world.topic.outcomes == ["STARTED"]
    assert world.episode().telling == ()


@pytest.mark.fault("F16", "F22")
@pytest.mark.parametrize(("killed", "copies"), [(Fault.CRASH_BEFORE, 1), (Fault.CRASH_AFTER, 2)])
def test_a_handler_that_dies_while_it_publishes_keeps_its_turn_until_the_lease_is_over(
    world: World, killed: Fault, copies: int
) -> None:
    body = cut_off(world, "topic.publish", killed)
    for again in (body, SWEEP, body):
        world.remediate(again)
    assert len(world.topic.notices) == copies - 1, "it might still be about to publish"
    world.clock.pass_(hours=1)
    for again in (SWEEP, body, SWEEP):
        world.remediate(again)
    assert world.topic.outcomes == ["STARTED"] * copies
    assert len({(notice.attributes["dedup"], notice.text) for notice in world.topic.notices}) == 1
    assert (world.model.unannounced, world.newest().telling) == ((), ())


def test_one_outcome_that_is_about_to_be_told_does_not_hold_the_next_one_back(world: World) -> None:
    cut_off(world, "topic.publish", Fault.CRASH_BEFORE)
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    assert world.topic.outcomes == ["FAILED_RUN"]
    world.clock.pass_(hours=1)
    world.remediate(SWEEP)
    assert world.topic.outcomes == ["FAILED_RUN", "STARTED"]
