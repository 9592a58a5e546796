"""Runs that a schedule or a person asks for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.contracts.policy import ModelPolicy
from core.diagnosis import Verdict
from core.remediation.episode import demanded, token
from core.remediation.outcomes import Outcome
from core.remediation.rows import ModelRow
from tests.lambdas.fakes import NO_CAPACITY
from tests.lambdas.faults import Fault
from tests.lambdas.world import NAMES, POLICY, SWEEP, World, diagnosis

EVERY = 7


def scheduled(**retrain: Any) -> ModelPolicy:
    return replace(POLICY, retrain=replace(POLICY.retrain, every_days=EVERY, **retrain))


@pytest.fixture
def world() -> World:
    """A healthy model that is retrained every seven days."""
    world = World(scheduled())
    world.window(Verdict.HEALTHY)
    return world


def test_a_due_time_starts_one_run_on_all_data(world: World) -> None:
    assert world.remediate(world.due()) == "STARTED"
    (run,) = world.pipelines.runs
    assert (run.parameters.train_on, run.parameters.without) == ("all", "none")
    assert run.parameters.recent_from == (world.clock.header - timedelta(days=EVERY)).isoformat()
    assert "A run is due every 7 days" in world.topic.notices[0].text


def test_the_same_due_time_ten_times_is_one_run(world: World) -> None:
    body = world.due()
    assert [world.remediate(body) for _ in range(10)] == ["STARTED"] + ["DUPLICATE"] * 9
    (run,) = world.pipelines.runs
    assert run.token == token(world.newest().id)


def test_a_due_time_right_after_a_run_or_a_release_starts_nothing(world: World) -> None:
    """As the one at which a schedule is made."""
    world.ledger.put(replace(world.model, starts=(world.clock.header - timedelta(days=3),)))
    assert world.remediate(world.due()) == "NOT_NEEDED"
    world.clock.pass_(days=1)
    world.window(Verdict.HEALTHY)
    assert world.remediate(world.due()) == "STARTED"
    fresh = World(scheduled())
    released = (fresh.clock.now - timedelta(days=1)).isoformat()
    fresh.findings.releases[-1] = replace(fresh.findings.releases[-1], released_at=released)
    assert fresh.remediate(fresh.due()) == "NOT_NEEDED"


def test_before_the_first_release_a_due_time_starts_nothing(world: World) -> None:
    """A schedule is due when it is made: that is written down, and nobody is told."""
    world.findings.releases.clear()
    assert world.remediate(world.due()) == "NOT_NEEDED"
    world.sweep()
    assert (world.pipelines.runs, world.topic.notices, len(world.newest().history)) == ([], [], 1)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_broken_data_holds_a_scheduled_run_back(verdict: Verdict) -> None:
    world = World(scheduled())
    world.window(verdict)
    expected = "BLOCKED_DATA" if verdict is Verdict.UPSTREAM_FAULT else "STARTED"
    assert world.remediate(world.due()) == expected


def test_a_scheduled_run_is_held_by_every_limit_as_any_other(world: World) -> None:
    row = world.model
    held: dict[str, ModelRow] = {
        "SUPPRESSED_COOLDOWN": replace(row, starts=(world.clock.header - timedelta(days=4),) * 3),
        "CIRCUIT_OPEN": replace(row, attempts=3),
        "BLOCKED_BUDGET": replace(row, month="2026-11", spent_cents=4990),
        "BLOCKED_FREEZE": replace(row, frozen="incident 7"),
    }
    world.policy = scheduled(cooldown_s=5 * 86400)
    for number, (expected, changed) in enumerate(held.items()):
        world.ledger.put(replace(changed, revision=world.model.revision))
        assert world.remediate(world.due(world.clock.now + timedelta(seconds=number))) == expected
    assert world.pipelines.runs == []


def test_a_schedule_that_the_team_has_not_asked_for_is_refused() -> None:
    world = World(POLICY)
    assert world.remediate(world.due()) == "REJECTED_EVENT"


def test_a_person_s_request_is_one_run_however_often_it_is_told(world: World) -> None:
    later = {"at": world.clock.header - timedelta(minutes=1)}
    bodies = [world.asked_for(), world.asked_for(), world.asked_for(**later), world.asked_for("request-2")]
    assert [world.remediate(body) for body in bodies] == ["STARTED", "DUPLICATE", "DUPLICATE", "SUPPRESSED_RUNNING"]
    (run,) = world.pipelines.runs
    assert run.parameters.episode == demanded(NAMES.endpoint, "request-1", world.clock.header).id
    assert "ada asks for it: new labels" in world.topic.notices[0].text


def test_a_person_says_what_it_learns_from(world: World) -> None:
    world.policy = replace(
        world.policy, signature=replace(POLICY.signature, features=(*POLICY.signature.features, _feature("bmi")))
    )
    body = world.asked_for(train_on="recent", recent_days=3, without=("bmi",))
    assert world.remediate(body) == "STARTED"
    (run,) = world.pipelines.runs
    assert (run.parameters.train_on, run.parameters.without) == ("recent", "bmi")
    assert run.parameters.recent_from == (world.clock.header - timedelta(days=3)).isoformat()


def _feature(name: str) -> Any:
    return replace(POLICY.signature.features[0], name=name)


def test_broken_data_holds_a_person_s_run_back_unless_it_learns_without_the_broken_feature(world: World) -> None:
    world.policy = replace(
        world.policy, signature=replace(POLICY.signature, features=(*POLICY.signature.features, _feature("bmi")))
    )
    world.window(Verdict.UPSTREAM_FAULT)
    assert diagnosis(Verdict.UPSTREAM_FAULT).features == ("age",)
    assert world.remediate(world.asked_for("request-1")) == "BLOCKED_DATA"
    assert world.remediate(world.asked_for("request-2", without=("bmi",))) == "BLOCKED_DATA"
    assert world.remediate(world.asked_for("request-3", without=("age",))) == "STARTED"


def test_a_person_may_ask_for_the_first_run_of_all(world: World) -> None:
    world.findings.releases.clear()
    world.findings.found = World(scheduled()).findings.found
    assert world.remediate(world.asked_for(train_on="recent")) == "STARTED"
    nothing = World(scheduled())
    nothing.findings.releases.clear()
    nothing.findings.found = _silent()
    assert nothing.remediate(nothing.asked_for(train_on="recent")) == "BLOCKED_DATA"
    assert nothing.remediate(nothing.asked_for("request-2")) == "STARTED"
    assert nothing.pipelines.runs[0].parameters.recent_from == "none"


def _silent() -> Any:
    from tests.lambdas.fakes import SILENT

    return SILENT


def test_a_request_that_is_held_says_so_and_is_not_tried_behind_anybody_s_back(world: World) -> None:
    world.freeze("incident 7")
    assert world.remediate(world.asked_for()) == "BLOCKED_FREEZE"
    assert "Ask again when you want it." in world.topic.notices[0].text
    world.freeze("")
    world.remediate(SWEEP)
    assert world.pipelines.runs == []


def test_a_request_without_capacity_is_tried_again_by_the_sweep(world: World) -> None:
    world.pipelines.refusals = [NO_CAPACITY, NO_CAPACITY]
    assert world.remediate(world.asked_for()) == "DEFERRED_QUOTA"
    assert world.model.waiting == (world.newest().id,)
    for minutes in (16, 31):
        world.clock.pass_(minutes=minutes)
        world.remediate(SWEEP)
    assert (len(world.pipelines.runs), world.model.waiting, world.newest().outcome) == (1, (), Outcome.STARTED)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("endpoint", "rival-dev-progression"),
        ("endpoint", "progression"),
        ("endpoint", "../demo-dev-progression"),
        ("id", "short"),
        ("id", "request-1\n"),
        ("at", "2026-11-18T12:00:00+00:00"),
        ("at", "2026-11-20T13:00:00+00:00"),
        ("at", "2026-11-20T12:00:00"),
        ("at", "0001-01-01T00:00:00+23:59"),
        ("by", ""),
        ("why", "x" * 513),
        ("trainOn", "everything"),
        ("recentDays", 0),
        ("recentDays", True),
        ("recentDays", 1e400),
        ("without", ["height"]),
        ("without", ["age"]),
        ("without", "age"),
        ("without", [["age"]]),
    ],
)
def test_a_request_that_makes_no_sense_is_quarantined_and_touches_nothing(
    world: World, part: str, value: object
) -> None:
    body = json.loads(world.asked_for())
    body["detail"][part] = value
    assert world.remediate(json.dumps(body)) == "REJECTED_EVENT"
    assert (world.episodes, world.pipelines.runs) == ([], [])


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("index", range(14))
@pytest.mark.parametrize("kind", ["schedule", "person"])
def test_a_fault_at_any_call_and_a_redelivery_are_one_run(kind: str, index: int, fault: Fault) -> None:
    world = World(scheduled())
    body = world.due() if kind == "schedule" else world.asked_for()
    world.faults.plan = {index: fault}
    world.delivered(world.remediate, body)
    assert (len(world.pipelines.runs), world.newest().outcome) == (1, Outcome.STARTED)
    assert (world.model.attempts, world.model.spent_cents, world.model.claim) == (1, 150, None)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("index", range(14))
def test_a_request_that_is_delivered_once_is_never_two_runs_and_never_stuck(index: int, fault: Fault) -> None:
    """Where the claim was made, the sweep takes it up; where it was not, the queue still has the message."""
    world = World(scheduled())
    world.faults.plan = {index: fault}
    world.delivered(world.remediate, world.asked_for(), deliveries=1)
    world.clock.pass_(minutes=61)
    world.delivered(world.remediate, SWEEP)
    assert (world.model.claim, len(world.pipelines.runs)) == (None, len(world.episodes))
