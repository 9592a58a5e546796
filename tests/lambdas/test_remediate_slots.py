"""So many runs at once, and no more, in an environment that bounds them."""

from __future__ import annotations

from dataclasses import replace

from core.contracts.ledger import Key
from core.remediation.rows import ModelRow, TeamRow
from tests.lambdas.fakes import NO_CAPACITY
from tests.lambdas.world import MODEL, SWEEP, World


def other(world: World, model: str = "churn") -> None:
    """Another model of the environment has a run."""
    world.ledger.put(replace(world.team, running=(model,)))


def test_as_many_runs_as_the_environment_may_have_and_no_more() -> None:
    world = World()
    world.most_runs = 1
    other(world)
    assert world.remediate(world.raise_alarm()) == "SUPPRESSED_RUNNING"
    assert "most_runs_at_once allows 1" in world.topic.notices[0].text
    world.ledger.put(replace(world.team, running=()))
    world.remediate(SWEEP)
    assert (len(world.pipelines.runs), world.team.running) == (1, (MODEL,))


def test_a_run_that_is_over_leaves_its_place_to_another() -> None:
    world = World()
    world.most_runs = 1
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    assert world.team.running == ()


def test_a_start_that_came_to_nothing_leaves_its_place() -> None:
    world = World()
    world.most_runs = 1
    world.pipelines.refusals = [NO_CAPACITY]
    world.remediate(world.raise_alarm())
    assert (world.model.claim, world.team.running) == (None, ())


def test_two_models_that_claim_at_once_do_not_both_get_the_last_place() -> None:
    world = World()
    world.most_runs = 1

    def the_other_first(call: str) -> None:
        if call == "ledger.commit" and not world.team.running:
            other(world)

    world.faults.pause = the_other_first
    assert world.remediate(world.raise_alarm()) == "SUPPRESSED_RUNNING"
    assert world.pipelines.runs == []


def test_a_model_that_was_taken_out_of_the_team_s_file_keeps_no_place() -> None:
    world = World()
    world.most_runs = 1
    other(world, "gone")
    world.ledger.put(ModelRow(model="gone", attempts=1))
    world.remediate(SWEEP)
    assert world.team.running == ()


def test_where_nobody_has_bounded_them_the_team_s_row_is_left_alone() -> None:
    world = World()
    world.remediate(world.raise_alarm())
    assert world.ledger.peek(Key.team()).team == TeamRow()
