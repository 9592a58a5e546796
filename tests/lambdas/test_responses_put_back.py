"""The version that served before is put back into service."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.remediation.outcomes import Outcome
from core.remediation.parts import LEASE
from core.remediation.promotion import release_name
from lambdas.failures import NotThere, Refused, Unavailable
from tests.lambdas.alarmed import choosing
from tests.lambdas.faults import Fault
from tests.lambdas.world import BETTER, MODEL, NAMES, POLICY, SWEEP, World


@pytest.fixture
def returning() -> World:
    """Version 2 is in service, and real drift puts version 1 back."""
    world = World(choosing("rollback"))
    world.release_second()
    return world


def test_real_drift_puts_the_earlier_version_back_and_blocks_what_is_taken_out(returning: World) -> None:
    assert returning.remediate(returning.raise_alarm()) == "SWITCHING"
    assert (returning.pipelines.runs, returning.releases.told) == ([], [MODEL])
    assert returning.promote(SWEEP) == "SWEPT"
    assert [release for release, _ in returning.endpoints.deployments] == [release_name(NAMES, 1)]
    returning.endpoints.finish(well=True)
    returning.settle()
    model = returning.model
    assert (model.in_service, model.served, model.blocked, model.switch, model.deployment) == (1, (), (2,), None, None)
    assert returning.topic.outcomes == ["SWITCHING", "SWITCHED"]
    assert returning.endpoints.releases[-1].package_arn == returning.registry.arn(1)
    returning.promote(SWEEP)
    assert len(returning.endpoints.deployments) == 1, "what was taken out came back by itself"


def test_without_an_earlier_version_a_person_is_called() -> None:
    world = World(choosing("rollback"))
    assert world.remediate(world.raise_alarm()) == "ESCALATED"
    assert "no earlier version" in world.topic.notices[0].text
    assert world.topic.notices[0].attributes["urgency"] == "action"


def test_a_blocked_version_is_never_put_back(returning: World) -> None:
    returning.ledger.put(replace(returning.model, blocked=(1,)))
    assert returning.remediate(returning.raise_alarm()) == "ESCALATED"
    assert returning.model.switch is None


def test_a_version_that_was_blocked_while_it_was_on_its_way_is_not_put_back(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.ledger.put(replace(returning.model, blocked=(1,)))
    returning.promote(SWEEP)
    assert (returning.endpoints.deployments, returning.newest().outcome) == ([], Outcome.FAILED_RUN)
    assert returning.model.switch is None


@pytest.mark.parametrize("approval", ["Rejected", "PendingManualApproval"])
def test_a_version_that_is_not_approved_any_more_is_not_put_back(returning: World, approval: str) -> None:
    returning.registry.review(returning.registry.arn(1), approval)
    returning.remediate(returning.raise_alarm())
    returning.promote(SWEEP)
    assert (returning.endpoints.deployments, returning.newest().outcome) == ([], Outcome.FAILED_RUN)
    assert returning.model.blocked == (1,)


def test_a_version_whose_package_was_deleted_is_not_put_back(returning: World) -> None:
    del returning.registry.packages[returning.registry.arn(1)]
    returning.remediate(returning.raise_alarm())
    returning.promote(SWEEP)
    assert (returning.endpoints.deployments, returning.newest().outcome) == ([], Outcome.FAILED_RUN)


def test_an_endpoint_that_was_deleted_is_not_made_again_to_put_a_version_back(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.endpoints.now = None
    returning.promote(SWEEP)
    assert (returning.endpoints.now, returning.newest().outcome) == (None, Outcome.TARGET_GONE)
    assert (returning.model.blocked, returning.model.switch) == ((), None)


def test_a_version_that_does_not_come_up_again_is_rolled_back_and_blocked(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.promote(SWEEP)
    returning.endpoints.finish(well=False)
    returning.settle()
    assert (returning.model.in_service, returning.model.blocked) == (2, (1,))
    assert returning.newest().outcome is Outcome.ROLLED_BACK


def test_during_a_freeze_nothing_is_put_back(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.freeze("incident 7")
    returning.promote(SWEEP)
    assert returning.endpoints.deployments == []
    returning.freeze("")
    returning.promote(SWEEP)
    assert len(returning.endpoints.deployments) == 1


def test_a_new_model_waits_until_the_earlier_one_is_back(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.registry.register(BETTER)
    returning.promote(SWEEP)
    returning.promote(SWEEP)
    assert [release for release, _ in returning.endpoints.deployments] == [release_name(NAMES, 1)]
    returning.endpoints.finish(well=True)
    returning.settle()
    returning.promote(SWEEP)
    assert returning.endpoints.deployments[-1][0] == release_name(NAMES, 3)


def test_a_run_under_way_is_awaited_before_a_version_is_put_back(returning: World) -> None:
    returning.policy = POLICY
    returning.remediate(returning.raise_alarm("drift"))
    returning.policy = choosing("rollback")
    assert returning.remediate(returning.raise_alarm()) == "SUPPRESSED_RUNNING"


def test_versions_are_not_put_back_one_after_the_other_within_the_cooldown(returning: World) -> None:
    returning.ledger.put(replace(returning.model, switched_at=returning.clock.header - timedelta(hours=5)))
    assert returning.remediate(returning.raise_alarm()) == "SUPPRESSED_COOLDOWN"


def test_what_a_person_puts_into_service_meanwhile_stays(returning: World) -> None:
    raised = returning.clock.now
    returning.remediate(returning.raise_alarm())
    third = returning.registry.register(BETTER, "PendingManualApproval")
    assert returning.endpoints.now is not None
    returning.endpoints.now = returning.endpoints.become(
        returning.endpoints.now, "InService", release_name(NAMES, third.version)
    )
    returning.settle()
    returning.promote(SWEEP)
    assert (returning.endpoints.deployments, returning.model.in_service, returning.model.switch) == ([], 3, None)
    assert returning.episode(at=raised).outcome is Outcome.SWITCHED


def test_the_hint_to_promote_need_not_arrive(returning: World) -> None:
    def lose_it(call: str) -> None:
        if call == "releases.switch":
            raise Unavailable("the queue cannot be reached")

    returning.faults.pause = lose_it
    assert returning.remediate(returning.raise_alarm()) == "SWITCHING"


def calls_of_putting_back() -> int:
    world = World(choosing("rollback"))
    world.release_second()
    world.remediate(world.raise_alarm())
    world.promote(SWEEP)
    return len(world.faults.calls)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("well", [True, False])
@pytest.mark.parametrize("index", range(calls_of_putting_back()))
def test_a_fault_at_any_call_puts_one_version_back_once(index: int, fault: Fault, well: bool) -> None:
    world = World(choosing("rollback"))
    world.release_second()
    body = world.raise_alarm()
    world.faults.plan = {index: fault}
    world.delivered(world.remediate, body)
    world.delivered(world.promote, SWEEP)
    world.faults.plan = {}
    if not world.endpoints.deployments:
        world.clock.pass_(seconds=LEASE.total_seconds())  # a handler that was killed might still be about to ask
        world.promote(SWEEP)
    world.endpoints.finish(well)
    world.clock.pass_(hours=1)
    world.recover()
    world.sweep()
    world.sweep()
    assert [release for release, _ in world.endpoints.deployments] == [release_name(NAMES, 1)]
    assert (world.model.in_service, world.model.switch, world.model.deployment) == (1 if well else 2, None, None)
    assert world.model.blocked == ((2,) if well else (1,))
    assert set(world.topic.outcomes) == {"SWITCHING", "SWITCHED" if well else "ROLLED_BACK"}
    assert world.model.unannounced == ()


def test_a_deployment_that_is_refused_for_good_blocks_the_version_and_says_so(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.endpoints.refusals = [Refused("ValidationException", "The image does not exist.")]
    returning.promote(SWEEP)
    assert (returning.model.blocked, returning.model.deployment, returning.model.switch) == ((1,), None, None)
    assert returning.newest().outcome is Outcome.FAILED_RUN


def test_a_package_that_cannot_be_described_is_not_there(returning: World) -> None:
    with pytest.raises(NotThere):
        returning.registry.package("nothing")
