"""What a run cost, once its jobs are billed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from core.remediation.billing import Job
from tests.lambdas.faults import Fault
from tests.lambdas.world import POLICY, SWEEP, World


def hours(count: float) -> tuple[Job, ...]:
    return (Job("ml.m5.large", 1, count * 3600),)


@pytest.fixture
def billed() -> World:
    world = World(replace(POLICY, retrain=replace(POLICY.retrain, usd_per_hour={"ml.m5.large": 0.1})))
    world.remediate(world.raise_alarm())
    return world


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped"])
def test_what_the_jobs_took_replaces_the_estimate_when_the_run_is_settled(billed: World, status: str) -> None:
    run = billed.pipelines.runs[0]
    run.jobs = hours(2.5)
    billed.end_run(run, status, approval="PendingManualApproval")
    billed.settle()
    assert (billed.model.spent_cents, billed.episode().cents, billed.episode().billed) == (25, 25, True)
    assert "0.25 USD" in billed.topic.notices[-1].text
    billed.settle()
    assert billed.model.spent_cents == 25, "it is taken off once"


def test_a_run_that_took_more_than_the_estimate_is_never_counted_as_more(billed: World) -> None:
    run = billed.pipelines.runs[0]
    run.jobs = hours(100)
    billed.end_run(run, "Failed")
    billed.settle()
    assert billed.model.spent_cents == 150
    assert "10.00 USD" in billed.topic.notices[-1].text


@pytest.mark.parametrize("jobs", [None, (Job("ml.p5.48xlarge", 1, 60),), (Job("ml.m5.large", 1, float("nan")),)])
def test_where_durations_or_prices_are_not_known_the_estimate_stays(
    billed: World, jobs: tuple[Job, ...] | None
) -> None:
    run = billed.pipelines.runs[0]
    run.jobs = jobs
    billed.end_run(run, "Failed")
    billed.settle()
    assert (billed.model.spent_cents, billed.episode().billed) == (150, False)
    assert "at most 1.50 USD" in billed.topic.notices[-1].text


def test_a_run_of_the_last_month_takes_nothing_off_this_one(billed: World) -> None:
    billed.clock.now = datetime(2026, 12, 1, 8, tzinfo=billed.clock.now.tzinfo)
    billed.ledger.put(replace(billed.model, month="2026-12", spent_cents=150))
    run = billed.pipelines.runs[0]
    run.jobs = hours(1)
    billed.end_run(run, "Failed")
    billed.settle()
    assert billed.model.spent_cents == 150


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("index", range(10))
def test_a_fault_at_any_call_of_the_settlement_takes_the_estimate_off_once(index: int, fault: Fault) -> None:
    world = World(replace(POLICY, retrain=replace(POLICY.retrain, usd_per_hour={"ml.m5.large": 0.1})))
    world.remediate(world.raise_alarm())
    run = world.pipelines.runs[0]
    run.jobs = hours(2.5)
    world.end_run(run, "Failed")
    world.faults.plan = {len(world.faults.calls) + index: fault}
    for _ in range(3):
        world.delivered(world.settle, SWEEP)
    assert (world.model.spent_cents, world.model.run) == (25, None)
