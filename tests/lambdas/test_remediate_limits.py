"""What holds a start back: a freeze, a run, the cooldown, the starts of a day, the circuit, the budget."""

from __future__ import annotations

import pytest

from core.diagnosis import Verdict
from tests.lambdas.alarmed import policy
from tests.lambdas.world import World


@pytest.fixture
def world() -> World:
    return World()


def test_a_freeze_of_the_team_holds_everything_back(world: World) -> None:
    world.freeze("incident 7")
    assert world.remediate(world.raise_alarm()) == "BLOCKED_FREEZE"
    assert world.pipelines.runs == []


@pytest.mark.fault("F39")
def test_a_freeze_that_commits_between_reading_and_claim_wins(world: World) -> None:
    """The claim's transaction names the team's row as it was read."""

    def freeze_first(call: str) -> None:
        if call == "ledger.commit" and not world.team.frozen:
            world.freeze("incident 7")

    world.faults.pause = freeze_first
    assert world.remediate(world.raise_alarm()) == "BLOCKED_FREEZE"
    assert world.pipelines.runs == []


@pytest.mark.fault("F9")
def test_a_run_that_a_person_started_suppresses_another(world: World) -> None:
    world.remediate(world.raise_alarm())
    run = world.pipelines.runs[0]
    run.name, run.status = "by-hand", "Stopping"
    world.ledger.items.clear()
    assert world.remediate(world.raise_alarm("drift")) == "SUPPRESSED_RUNNING"


def test_an_unknown_status_is_one_that_has_not_ended(world: World) -> None:
    world.remediate(world.raise_alarm())
    world.pipelines.runs[0].status = "ThoughtOfLater"
    world.ledger.items.clear()
    assert world.remediate(world.raise_alarm("drift")) == "SUPPRESSED_RUNNING"


def test_the_cooldown_counts_from_the_recorded_start(world: World) -> None:
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.clock.pass_(hours=6)
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm("drift")) == "SUPPRESSED_COOLDOWN"
    world.clock.pass_(seconds=1)
    assert world.remediate(world.raise_alarm("attribution")) == "STARTED"


@pytest.mark.fault("F4", "F5")
def test_a_flapping_alarm_starts_one_run_in_a_cooldown(world: World) -> None:
    for _ in range(10):
        world.remediate(world.raise_alarm())
        world.recover()
        world.clock.pass_(minutes=10)
        world.window(Verdict.REAL_DRIFT)
    assert (len(world.pipelines.runs), len(world.episodes)) == (1, 10)


def test_after_enough_starts_in_a_day_a_person_is_called() -> None:
    world = World(policy(cooldown_s=0, starts_per_day=2, attempts_without_improvement=9))
    for expected in ("STARTED", "STARTED", "SUPPRESSED_COOLDOWN"):
        world.clock.pass_(hours=1)
        world.window(Verdict.REAL_DRIFT)
        assert world.remediate(world.raise_alarm()) == expected
        world.end_run(world.pipelines.runs[-1], "Failed")
        world.settle()
    assert "limit" in world.episode().why


@pytest.mark.fault("F5", "F10")
def test_runs_that_bring_no_better_model_open_the_circuit() -> None:
    world = World(policy(cooldown_s=0, starts_per_day=9, attempts_without_improvement=3))
    for _ in range(3):
        world.clock.pass_(hours=1)
        world.window(Verdict.REAL_DRIFT)
        world.remediate(world.raise_alarm())
        world.end_run(world.pipelines.runs[-1], "Failed", gate="not better: 0.70 against 0.71")
        world.settle()
    world.clock.pass_(hours=1)
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm()) == "CIRCUIT_OPEN"
    assert (len(world.pipelines.runs), world.topic.notices[-1].attributes["urgency"]) == (3, "action")


@pytest.mark.fault("F38")
def test_no_run_starts_that_could_exceed_the_budget() -> None:
    world = World(policy(run_cost_usd=20.004, monthly_budget_usd=40))
    world.remediate(world.raise_alarm())
    assert world.model.spent_cents == 2001
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.clock.pass_(hours=7)
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm("drift")) == "BLOCKED_BUDGET"


def test_a_new_month_has_a_new_budget() -> None:
    world = World(policy(run_cost_usd=30, monthly_budget_usd=40))
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.clock.pass_(days=11)
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm("drift")) == "STARTED"
    assert world.model.spent_cents == 3000
