"""What a team may choose beside a run: its fallback, a notice, a freeze."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.contracts.policy import Response
from core.diagnosis import Verdict
from core.remediation.promotion import release_name
from tests.lambdas.alarmed import choosing
from tests.lambdas.world import BETTER, MODEL, NAMES, SWEEP, World
from tools import operate


@pytest.fixture
def falling() -> World:
    """Version 2 is in service; the team has named version 1 for broken data."""
    world = World(choosing("fallback", Verdict.UPSTREAM_FAULT, fallback_version=1))
    world.release_second()
    world.window(Verdict.UPSTREAM_FAULT)
    return world


def test_broken_data_puts_the_fallback_into_service(falling: World) -> None:
    assert falling.remediate(falling.raise_alarm("data")) == "SWITCHING"
    falling.promote(SWEEP)
    falling.endpoints.finish(well=True)
    falling.settle()
    assert (falling.model.in_service, falling.model.blocked) == (1, (2,))


def test_a_fallback_that_serves_already_calls_a_person(falling: World) -> None:
    falling.ledger.put(replace(falling.model, in_service=1))
    assert falling.remediate(falling.raise_alarm("data")) == "ESCALATED"
    assert "is in service already" in falling.topic.notices[-1].text


def test_what_the_fallback_took_the_place_of_comes_back_when_a_person_unblocks_it(falling: World) -> None:
    falling.remediate(falling.raise_alarm("data"))
    falling.promote(SWEEP)
    falling.endpoints.finish(well=True)
    falling.settle()
    operate.unblock(falling.ledger, MODEL, 2, "the source is repaired", "grace")
    falling.promote(SWEEP)
    assert falling.endpoints.deployments[-1][0] == release_name(NAMES, 2)


def test_all_versions_between_are_blocked_so_that_no_late_event_brings_one_back(falling: World) -> None:
    for _ in range(3):
        falling.registry.register(BETTER)
    falling.ledger.put(replace(falling.model, in_service=5, served=(1, 2)))
    assert falling.endpoints.now is not None
    falling.endpoints.now = replace(falling.endpoints.now, config=release_name(NAMES, 5))
    falling.serve(falling.registry.arn(5))
    falling.window(Verdict.UPSTREAM_FAULT)
    falling.remediate(falling.raise_alarm("data"))
    falling.promote(SWEEP)
    falling.endpoints.finish(well=True)
    falling.settle()
    assert falling.model.blocked == (2, 3, 4, 5)


def test_a_team_may_leave_drift_to_a_person() -> None:
    world = World(choosing("notify"))
    assert world.remediate(world.raise_alarm()) == "ESCALATED"
    assert (world.pipelines.runs, world.topic.notices[0].attributes["urgency"]) == ([], "action")
    assert "The team's file answers REAL_DRIFT with 'notify'" in world.topic.notices[0].text


def test_a_team_may_freeze_the_model_on_broken_data_and_a_person_lifts_it() -> None:
    world = World(choosing("freeze", Verdict.UPSTREAM_FAULT))
    world.window(Verdict.UPSTREAM_FAULT)
    assert world.remediate(world.raise_alarm("data")) == "FROZEN"
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm("quality")) == "BLOCKED_FREEZE"
    operate.unfreeze(world.ledger, MODEL, "the source is repaired", "grace")
    world.window(Verdict.UPSTREAM_FAULT)
    world.recover("quality")
    world.remediate(SWEEP)
    assert world.model.frozen == "", "the same alarm froze it again"
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm("drift")) == "STARTED"


@pytest.mark.parametrize("response", ["retrain", "ask", "watch"])
def test_no_policy_can_make_broken_data_start_a_run(response: Response) -> None:
    """Where such a policy is written past the team file's rules, the usual response is given."""
    world = World(choosing(response, Verdict.UPSTREAM_FAULT))
    world.window(Verdict.UPSTREAM_FAULT)
    assert world.remediate(world.raise_alarm("data")) == "BLOCKED_DATA"
    assert world.pipelines.runs == []


@pytest.mark.parametrize("response", ["ask", "rollback", "fallback", "notify", "freeze", "retrain"])
def test_a_decision_keeps_its_verdict_evidence_and_response(response: Response) -> None:
    world = World(choosing(response, fallback_version=1))
    world.release_second()
    world.remediate(world.raise_alarm())
    row = world.episode()
    assert (row.verdict, row.response, row.cause) == ("REAL_DRIFT", response, "the world moved")
    assert row.evidence == ("accuracy is 0.61 against 0.78.",)
    assert row.why


@pytest.mark.parametrize("response", ["ask", "rollback", "fallback", "freeze"])
def test_a_freeze_that_commits_between_reading_and_deciding_wins(response: Response) -> None:
    world = World(choosing(response, fallback_version=1))
    world.release_second()

    def freeze_first(call: str) -> None:
        if call == "ledger.commit" and not world.team.frozen:
            world.freeze("incident 7")

    world.faults.pause = freeze_first
    assert world.remediate(world.raise_alarm()) == "BLOCKED_FREEZE"
