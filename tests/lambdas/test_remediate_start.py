"""Between the claim and the record: no capacity, nothing to start, conflicts, handlers that were killed."""

from __future__ import annotations

import pytest

from core.diagnosis import Verdict
from core.remediation.outcomes import Outcome
from lambdas.failures import Unavailable
from tests.lambdas.alarmed import cut_off
from tests.lambdas.fakes import CONFLICT, NO_CAPACITY, REFUSED
from tests.lambdas.faults import Fault
from tests.lambdas.world import SWEEP, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.fault("F14")
def test_no_capacity_is_tried_again_with_the_same_token_and_uses_neither_cooldown_nor_budget(world: World) -> None:
    world.pipelines.refusals = [NO_CAPACITY, NO_CAPACITY]
    body = world.raise_alarm()
    assert world.remediate(body) == "DEFERRED_QUOTA"
    assert (world.model.claim, world.model.starts, world.model.spent_cents) == (None, (), 0)
    world.remediate(SWEEP)
    assert len(world.pipelines.refusals) == 1, "it was tried again before its time"
    world.clock.pass_(minutes=15)
    world.remediate(SWEEP)
    assert world.episodes[0].deferrals == 2
    world.clock.pass_(minutes=30)
    world.remediate(SWEEP)
    assert (world.episodes[0].outcome, len(world.pipelines.runs)) == (Outcome.STARTED, 1)


@pytest.mark.fault("F14")
def test_no_capacity_for_good_ends_the_episode(world: World) -> None:
    world.pipelines.refusals = [NO_CAPACITY] * 20
    world.remediate(world.raise_alarm())
    for _ in range(8):
        world.clock.pass_(days=1)
        world.window(Verdict.REAL_DRIFT)
        world.remediate(SWEEP)
    assert world.episodes[0].outcome is Outcome.FAILED_RUN
    assert "No capacity in 6 tries" in world.episodes[0].why


@pytest.mark.fault("F37")
def test_a_deleted_pipeline_creates_nothing(world: World) -> None:
    world.pipelines.exists = False
    assert world.remediate(world.raise_alarm()) == "TARGET_GONE"
    world.remediate(SWEEP)
    assert (world.model.claim, world.pipelines.runs, world.topic.outcomes) == (None, [], ["TARGET_GONE"])


def test_a_pipeline_deleted_after_the_claim_gives_the_claim_back(world: World) -> None:
    def delete_it(call: str) -> None:
        world.pipelines.exists = call != "pipelines.start"

    world.faults.pause = delete_it
    assert world.remediate(world.raise_alarm()) == "TARGET_GONE"
    assert world.model.claim is None


def test_a_start_that_is_refused_for_good_does_not_hold_the_model(world: World) -> None:
    world.pipelines.refusals = [REFUSED]
    assert world.remediate(world.raise_alarm()) == "FAILED_RUN"
    assert (world.model.claim, world.model.attempts, world.model.spent_cents) == (None, 1, 0)


@pytest.mark.fault("F15")
def test_after_a_conflict_the_run_is_looked_for_and_asked_for_once_more(world: World) -> None:
    world.pipelines.refusals = [CONFLICT]
    assert world.remediate(world.raise_alarm()) == "STARTED"
    assert world.faults.calls.count("pipelines.start") == 2


def test_after_two_conflicts_a_later_delivery_finds_out(world: World) -> None:
    world.pipelines.refusals = [CONFLICT, CONFLICT]
    body = world.raise_alarm()
    with pytest.raises(Unavailable):
        world.remediate(body)
    assert world.remediate(body) == "STARTED"
    assert len(world.pipelines.runs) == 1


@pytest.mark.fault("F24")
def test_a_run_is_found_by_its_name_when_the_service_has_forgotten_the_token(world: World) -> None:
    cut_off(world, "pipelines.start", Fault.CRASH_AFTER)
    world.pipelines.tokens_forgotten = True
    world.clock.pass_(hours=2)
    world.remediate(SWEEP)
    assert (len(world.pipelines.runs), world.episodes[0].outcome) == (1, Outcome.STARTED)


def test_a_freeze_stops_a_claim_that_was_not_started_once_its_handler_had_its_time(world: World) -> None:
    """Before that the handler may be about to start: a claim that is given up then is a run that nobody records."""
    body = cut_off(world, "pipelines.start", Fault.CRASH_BEFORE)
    world.freeze("incident 7")
    world.remediate(body)
    assert (world.pipelines.runs, world.model.claim is None) == ([], False)
    world.clock.pass_(minutes=60)
    world.remediate(SWEEP)
    assert (world.pipelines.runs, world.model.claim) == ([], None)
    assert world.episodes[0].outcome is Outcome.BLOCKED_FREEZE


def test_the_sweep_leaves_a_claim_to_its_handler_until_the_lease_is_over(world: World) -> None:
    cut_off(world, "pipelines.start", Fault.CRASH_BEFORE)
    world.clock.pass_(minutes=59)
    world.remediate(SWEEP)
    assert world.pipelines.runs == []
    world.clock.pass_(minutes=1)
    world.remediate(SWEEP)
    assert len(world.pipelines.runs) == 1


def test_a_lapsed_claim_is_taken_up_also_where_its_alarm_has_recovered(world: World) -> None:
    cut_off(world, "pipelines.start", Fault.CRASH_AFTER)
    world.recover()
    world.clock.pass_(minutes=60)
    world.remediate(SWEEP)
    assert (world.model.claim, world.topic.outcomes, len(world.pipelines.runs)) == (None, ["STARTED"], 1)


def test_another_alarm_does_not_take_a_lapsed_claim_over(world: World) -> None:
    cut_off(world, "pipelines.start", Fault.CRASH_AFTER)
    world.clock.pass_(hours=2)
    assert world.remediate(world.raise_alarm("drift")) == "SUPPRESSED_RUNNING"
    world.remediate(SWEEP)
    assert [run.parameters.episode for run in world.pipelines.runs] == [
        episode.id for episode in world.episodes if episode.outcome is Outcome.STARTED
    ]
