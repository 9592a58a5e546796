"""Troubles that last: alarms raised anew each hour, models under one bound, a spent budget, a region that is out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contracts.ledger import Key
from core.diagnosis import Verdict
from core.remediation.outcomes import Outcome
from lambdas.remediate.hear import hear
from lambdas.remediate.ports import Ports
from lambdas.settle.settle import settle
from tests.lambdas.faults import Fault
from tests.lambdas.turns import Turns
from tests.lambdas.world import MODEL, NAMES, POLICY, SWEEP, TEAM, World

OTHER = "other"
SCHEDULES = st.lists(st.integers(0, 5), max_size=80)


def limited(**retrain: float) -> World:
    return World(replace(POLICY, retrain=replace(POLICY.retrain, **retrain)))


@pytest.mark.fault("F5")
@pytest.mark.parametrize(
    ("better", "starts"), [(False, 3), (True, 6)], ids=["no better model", "a better one each time"]
)
def test_an_alarm_that_each_window_raises_anew_starts_as_many_runs_as_the_limits_allow(
    better: bool, starts: int
) -> None:
    """Three days: the metric comes hourly, is missing in between, and so each window is a transition of its own."""
    world = limited(cooldown_s=6 * 3600, starts_per_day=2, attempts_without_improvement=3)
    for _ in range(72):
        world.window(Verdict.REAL_DRIFT)
        world.remediate(world.raise_alarm("drift"))
        world.recover("drift")
        world.clock.pass_(minutes=30)
        for run in (each for each in world.pipelines.runs if each.status == "Executing"):
            world.end_run(run, "Succeeded" if better else "Failed")
        world.sweep()
        if world.endpoints.now is not None and world.endpoints.now.status == "Updating":
            world.endpoints.finish(well=True)
        world.sweep()
        world.clock.pass_(minutes=30)
    begun = [run.at for run in world.pipelines.runs]
    assert len(begun) == starts
    assert all(later - earlier >= timedelta(hours=6) for earlier, later in pairwise(begun))
    assert len([each for each in world.episodes if each.trouble == "drift"]) == 72, "none is lost"
    assert any(each.outcome is Outcome.CIRCUIT_OPEN for each in world.episodes) is not better


class Two:
    """Two models of one environment, of which one may run at a time; each has a pipeline of its own."""

    def __init__(self) -> None:
        self.world = World()
        self.policies = {MODEL: POLICY, OTHER: replace(POLICY, model=OTHER)}
        body, own = self.world.raise_alarm(), f"{TEAM.prefix}-{OTHER}"
        self.bodies = [body, body.replace(NAMES.endpoint, own)]
        (mine,) = self.world.alarms.raised
        names = {part: getattr(mine, part).replace(NAMES.endpoint, own) for part in ("arn", "name")}
        self.world.alarms.raised.append(replace(mine, **names))

    @property
    def ports(self) -> Ports:
        return replace(self.world.remediate_ports(), policies=self.policies, most_runs=1)

    def settle(self) -> None:
        settle(SWEEP, replace(self.world.settle_ports(), policies=self.policies))

    @property
    def running(self) -> list[str]:
        return [run.parameters.episode for run in self.world.pipelines.runs if run.status == "Executing"]


@pytest.mark.fault("F8")
@given(SCHEDULES)
@settings(max_examples=60, deadline=None)
def test_of_two_models_that_alarm_at_once_one_runs_and_the_other_follows(schedule: list[int]) -> None:
    two = Two()
    turns = Turns(two.world.faults, iter(schedule))
    turns.run([lambda body=body: hear(body, two.ports) for body in two.bodies])  # type: ignore[misc]
    assert turns.failures == []
    for body in two.bodies:
        hear(body, two.ports)
    assert len(two.running) <= 1, "as many as may be at once"
    hear(SWEEP, two.ports)
    assert len(two.running) == 1
    assert sorted(str(each.outcome) for each in two.world.episodes) == ["STARTED", "SUPPRESSED_RUNNING"]
    two.world.end_run(two.world.pipelines.runs[0], "Failed")
    two.settle()
    two.world.clock.pass_(minutes=15)
    two.world.window(Verdict.REAL_DRIFT)
    hear(SWEEP, two.ports)
    assert len(two.running) == 1
    assert {each.model for each in two.world.episodes if each.execution_arn} == {MODEL, OTHER}


@pytest.mark.fault("F38")
@given(st.integers(0, 7), st.lists(SCHEDULES, min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_alarms_at_once_never_spend_more_than_the_month_has(budget_usd: int, rounds: list[list[int]]) -> None:
    world = limited(cooldown_s=0, starts_per_day=24, attempts_without_improvement=10, monthly_budget_usd=budget_usd)
    for schedule in rounds:
        bodies = [world.raise_alarm(kind) for kind in ("quality", "drift")]
        turns = Turns(world.faults, iter(schedule))
        turns.run([lambda body=body: world.remediate(body) for body in bodies])  # type: ignore[misc]
        assert turns.failures == []
        for run in (each for each in world.pipelines.runs if each.status == "Executing"):
            world.end_run(run, "Failed")
        world.settle()
        world.clock.pass_(minutes=5)
    cost = POLICY.retrain.run_cost_usd
    assert len(world.pipelines.runs) * cost <= budget_usd
    assert world.model.spent_cents == round(100 * cost * len(world.pipelines.runs))
    if budget_usd < cost:
        assert {each.outcome for each in world.episodes} == {Outcome.BLOCKED_BUDGET}
        assert set(world.topic.outcomes) == {"BLOCKED_BUDGET"}


@pytest.mark.fault("F38")
def test_a_new_month_has_its_own_budget() -> None:
    world = limited(cooldown_s=0, monthly_budget_usd=2)
    for outcome in ("STARTED", "BLOCKED_BUDGET"):
        assert world.remediate(world.raise_alarm()) == outcome
        for run in (each for each in world.pipelines.runs if each.status == "Executing"):
            world.end_run(run, "Failed")
        world.settle()
        world.clock.pass_(minutes=5)
    world.clock.pass_(days=11)
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm()) == "STARTED"


def calls_of_a_start() -> int:
    world = World()
    world.remediate(world.raise_alarm())
    return len(world.faults.calls)


@pytest.mark.fault("F40")
@pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.CRASH_BEFORE])
@pytest.mark.parametrize("call", range(calls_of_a_start()))
def test_an_outage_that_begins_at_any_call_and_lasts_costs_no_second_run_and_no_episode(
    call: int, fault: Fault
) -> None:
    """For five hours nothing answers: deliveries and sweeps fail. Then the sweep alone goes on."""
    world = World()
    body = world.raise_alarm()
    world.faults.plan = dict.fromkeys(range(call, 2000), fault)
    for _ in range(5):
        for message in (body, SWEEP):
            world.delivered(world.remediate, message, deliveries=3)
        world.delivered(world.settle, SWEEP, deliveries=1)
        world.clock.pass_(hours=1)
    assert len(world.pipelines.runs) <= 1
    before = [(run.token, run.name) for run in world.pipelines.runs]
    world.faults.plan = {}
    world.window(Verdict.REAL_DRIFT)
    world.remediate(SWEEP)
    world.remediate(SWEEP)
    (run,), (episode,) = world.pipelines.runs, [each for each in world.episodes if each.trouble != "silence"]
    assert before in ([], [(run.token, run.name)])
    assert (episode.outcome, episode.execution_arn) == (Outcome.STARTED, run.arn)
    assert (world.model.unannounced, world.ledger.peek(Key.of_model(MODEL)).model(MODEL).attempts) == ((), 1)
