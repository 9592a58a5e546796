"""The path from an alarm to a run, cut off at every call, in every way, once and twice."""

from __future__ import annotations

import itertools

import pytest

from core.remediation.outcomes import Outcome
from tests.lambdas.faults import Fault
from tests.lambdas.world import SWEEP, World


def calls_of_a_start() -> int:
    world = World()
    world.remediate(world.raise_alarm())
    return len(world.faults.calls)


CALLS = calls_of_a_start()
ONE_FAULT = [{index: fault} for index in range(CALLS) for fault in Fault]
TWO_FAULTS = [
    {first: one, second: other}
    for first, second in itertools.combinations(range(CALLS + 12), 2)
    for one, other in ((Fault.CRASH_AFTER, Fault.REPLY_LOST), (Fault.REPLY_LOST, Fault.CRASH_AFTER))
]


def named(plan: dict[int, Fault]) -> str:
    return "-".join(f"{index}:{fault.name}" for index, fault in plan.items())


def check_one_start(world: World) -> None:
    """One run, recorded once, charged once, and announced with one dedup id."""
    (episode,) = world.episodes
    (run,) = world.pipelines.runs
    model = world.model
    assert (episode.outcome, episode.execution_arn) == (Outcome.STARTED, run.arn)
    assert (model.attempts, model.spent_cents, len(model.starts), model.claim) == (1, 150, 1, None)
    assert model.run is not None
    assert model.run.execution_arn == run.arn
    assert model.unannounced == ()
    assert {notice.attributes["dedup"] for notice in world.topic.notices} == {f"{episode.id}-STARTED"}


def after_the_lease(world: World) -> None:
    """What a handler had claimed when it died, a notice as well as a run, is for the sweep now."""
    world.faults.plan = {}
    world.clock.pass_(minutes=61)
    world.remediate(SWEEP)


@pytest.mark.fault("F13", "F16", "F17", "F22", "F23")
@pytest.mark.parametrize("plan", ONE_FAULT, ids=named)
def test_a_fault_at_any_call_and_a_redelivery_are_one_start(plan: dict[int, Fault]) -> None:
    world = World()
    body = world.raise_alarm()
    world.faults.plan = plan
    world.delivered(world.remediate, body)
    assert [world.model.attempts, len(world.pipelines.runs), world.model.claim] == [1, 1, None], "before any sweep"
    after_the_lease(world)
    check_one_start(world)


@pytest.mark.fault("F16", "F17", "F20")
@pytest.mark.parametrize("plan", ONE_FAULT, ids=named)
def test_a_fault_at_any_call_and_only_the_sweep_are_one_start(plan: dict[int, Fault]) -> None:
    world = World()
    body = world.raise_alarm()
    world.faults.plan = plan
    world.delivered(world.remediate, body, deliveries=1)
    world.clock.pass_(minutes=61)
    world.remediate(SWEEP)
    world.remediate(SWEEP)
    check_one_start(world)


@pytest.mark.parametrize("plan", TWO_FAULTS, ids=named)
def test_two_faults_and_redeliveries_are_one_start(plan: dict[int, Fault]) -> None:
    world = World()
    body = world.raise_alarm()
    world.faults.plan = plan
    world.delivered(world.remediate, body)
    world.delivered(world.remediate, SWEEP)
    after_the_lease(world)
    check_one_start(world)


@pytest.mark.parametrize("plan", ONE_FAULT, ids=named)
def test_a_message_is_published_twice_only_where_a_fault_fell_between_publishing_and_writing_it_down(
    plan: dict[int, Fault],
) -> None:
    world = World()
    body = world.raise_alarm()
    world.faults.plan = plan
    world.delivered(world.remediate, body)
    after_the_lease(world)
    ((index, fault),) = plan.items()
    published = world.faults.calls.index("topic.publish")
    between = index > published or (index == published and fault in (Fault.REPLY_LOST, Fault.CRASH_AFTER))
    assert len(world.topic.notices) == 1 or between


@pytest.mark.fault("F21")
@pytest.mark.parametrize("call", ["ledger.read", "findings.evidence", "findings.release", "pipelines.executions"])
def test_nothing_starts_while_something_cannot_be_read(call: str) -> None:
    """Fail closed: no ledger, no report, no list of runs, no start."""
    world = World()
    body = world.raise_alarm()
    rehearsal = World()
    rehearsal.remediate(rehearsal.raise_alarm())
    before_the_claim = rehearsal.faults.calls.index("ledger.commit")
    reads = [index for index in range(before_the_claim) if rehearsal.faults.calls[index] == call]
    assert reads
    for index in reads:
        world.faults.plan = {index + len(world.faults.calls): Fault.REQUEST_LOST}
        world.delivered(world.remediate, body, deliveries=1)
        assert (world.pipelines.runs, world.model.claim) == ([], None)
