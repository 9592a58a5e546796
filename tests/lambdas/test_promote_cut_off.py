"""Promoters that are killed, slow, or not heard: one deployment, and nothing is left waiting."""

from __future__ import annotations

import pytest

from core.contracts.functions import LEASE_S, TIMEOUT_S, VISIBILITY_S
from core.remediation.parts import LEASE
from lambdas.failures import Unavailable
from tests.lambdas.faults import Fault
from tests.lambdas.test_promote import approved
from tests.lambdas.world import BETTER, SWEEP, World


@pytest.fixture
def world() -> World:
    """A run has ended well; version 2 is approved and not deployed."""
    world = World()
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0])
    world.settle()
    return world


def cut_off(world: World, fault: Fault) -> None:
    """Version 2 is claimed, and the function is killed at the call that asks for the deployment."""
    rehearsal = World()
    rehearsal.registry.register(BETTER)
    rehearsal.promote(approved(2))
    world.faults.plan = {len(world.faults.calls) + rehearsal.faults.calls.index("endpoints.deploy"): fault}
    world.delivered(world.promote, approved(2), deliveries=1)


def test_a_deployment_that_was_only_claimed_is_not_taken_for_rolled_back(world: World) -> None:
    cut_off(world, Fault.CRASH_BEFORE)
    world.clock.pass_(days=1)
    world.settle(SWEEP)
    assert (world.model.blocked, world.endpoints.deployments) == ((), [])
    world.promote(SWEEP)
    assert len(world.endpoints.deployments) == 1


def test_an_endpoint_that_scales_while_a_deployment_is_claimed_is_not_taken_for_rolled_back(world: World) -> None:
    cut_off(world, Fault.CRASH_BEFORE)
    assert world.endpoints.now is not None
    world.endpoints.now = world.endpoints.become(world.endpoints.now, "InService")
    world.settle(SWEEP)
    assert world.model.deployment is not None
    world.clock.pass_(seconds=LEASE.total_seconds())
    world.settle(SWEEP)
    assert world.model.deployment is None


def test_a_rollback_that_nobody_wrote_down_is_not_repeated(world: World) -> None:
    cut_off(world, Fault.CRASH_AFTER)
    world.endpoints.finish(well=False)
    world.delivered(world.promote, approved(2))
    assert len(world.endpoints.deployments) == 1
    world.clock.pass_(seconds=LEASE.total_seconds())
    world.settle(SWEEP)
    assert world.model.blocked == (2,)


def test_a_deployment_that_another_handler_has_claimed_is_left_to_it(world: World) -> None:
    world.faults.plan = {killed_before("endpoints.deploy") + len(world.faults.calls): Fault.CRASH_BEFORE}
    world.delivered(world.promote, approved(2), deliveries=1)
    with pytest.raises(Unavailable, match="Another handler is about to deploy version 2"):
        world.promote(approved(2))
    assert world.endpoints.deployments == []
    world.clock.pass_(seconds=LEASE.total_seconds())
    assert world.promote(approved(2)) == "DEPLOYING: demo-dev-progression-v2"


def test_a_handler_that_could_not_ask_leaves_the_deployment_to_the_next_delivery(world: World) -> None:
    world.faults.plan = {killed_before("endpoints.deploy") + len(world.faults.calls): Fault.REQUEST_LOST}
    with pytest.raises(Unavailable):
        world.promote(approved(2))
    assert world.promote(approved(2)) == "DEPLOYING: demo-dev-progression-v2"
    assert len(world.endpoints.deployments) == 1


@pytest.mark.fault("F16", "F17")
@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
@pytest.mark.parametrize("waited_s", [LEASE_S, VISIBILITY_S - TIMEOUT_S])
def test_whom_a_killed_promoter_left_waiting_is_served_once_its_lease_is_over(fault: Fault, waited_s: int) -> None:
    """By a sweep, or by the next delivery of its message; it may have lived for its whole time."""
    for index in range(calls_of_a_promotion()):
        world = World()
        world.registry.register(BETTER)
        world.faults.plan = {index: fault}
        world.delivered(world.promote, approved(2), deliveries=1)
        world.clock.pass_(seconds=waited_s)
        world.delivered(world.promote, SWEEP if waited_s == LEASE_S else approved(2), deliveries=1)
        assert len(world.endpoints.deployments) == 1, f"killed at call {index}"


def test_a_promoter_that_was_slower_than_its_lease_leaves_the_endpoint_to_whom_has_taken_over(world: World) -> None:
    """It sleeps before it asks; another one asks, and what it brought is rolled back meanwhile."""

    def sleep(call: str) -> None:
        if call == "endpoints.prepare":
            world.faults.pause = lambda call: None
            world.clock.pass_(seconds=LEASE_S)
            world.promote(approved(2))
            world.endpoints.finish(well=False)

    world.faults.pause = sleep
    with pytest.raises(Unavailable, match="another handler has taken up the deployment of version 2"):
        world.promote(approved(2))
    assert len(world.endpoints.deployments) == 1
    world.settle()
    assert (world.model.deployment, world.model.blocked) == (None, (2,))


def killed_before(call: str) -> int:
    """How many calls a promotion makes before that one."""
    world = World()
    world.registry.register(BETTER)
    world.promote(approved(2))
    return world.faults.calls.index(call)


def calls_of_a_promotion() -> int:
    world = World()
    before = len(world.faults.calls)
    world.registry.register(BETTER)
    world.promote(approved(2))
    return len(world.faults.calls) - before


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("index", range(calls_of_a_promotion()))
@pytest.mark.parametrize("well", [True, False])
@pytest.mark.parametrize("heard", [True, False])
def test_a_fault_at_any_call_is_one_deployment(index: int, fault: Fault, well: bool, heard: bool) -> None:
    """Whether the queue delivers again at once, or only after the endpoint has gone its way."""
    world = World()
    world.registry.register(BETTER)
    world.faults.plan = {index: fault}
    world.delivered(world.promote, approved(2), deliveries=5 if heard else 1)
    world.faults.plan = {}
    if not world.endpoints.deployments:
        world.clock.pass_(seconds=LEASE.total_seconds())  # a handler that was killed might still be about to ask
        world.promote(SWEEP)
    world.endpoints.finish(well)
    world.clock.pass_(seconds=2 * LEASE.total_seconds())
    world.sweep()
    world.sweep()
    assert len(world.endpoints.deployments) == 1
    assert (world.model.deployment, world.model.in_service) == (None, 2 if well else 1)
    assert world.model.blocked == (() if well else (2,))
    assert {notice.attributes["outcome"] for notice in world.topic.notices} == {"PROMOTED" if well else "ROLLED_BACK"}
