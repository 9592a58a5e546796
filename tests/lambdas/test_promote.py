"""What brings an approved package to the endpoint."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.contracts.evaluation import Evaluation
from core.contracts.functions import LEASE_S, TIMEOUT_S, VISIBILITY_S
from core.remediation.outcomes import Outcome
from core.remediation.parts import LEASE
from core.remediation.promotion import Deploy
from lambdas.failures import QuotaReached, Refused, Unavailable
from tests.lambdas.faults import Fault
from tests.lambdas.world import BETTER, NAMES, SWEEP, World, recorded


@pytest.fixture
def world() -> World:
    """A run has ended well; version 2 is approved and not deployed."""
    world = World()
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0])
    world.settle()
    return world


def approved(version: int) -> str:
    event = recorded("package_approved")
    event["detail"]["ModelPackageArn"] = event["detail"]["ModelPackageArn"].removesuffix("3") + str(version)
    return json.dumps(event)


def test_an_approved_version_is_rolled_out_behind_a_canary(world: World) -> None:
    assert world.promote(approved(2)) == "DEPLOYING: demo-dev-progression-v2"
    assert world.endpoints.deployments == [(NAMES.endpoint + "-v2", Deploy(create=False, instances=2, canary=True))]
    assert world.model.deployment is not None
    assert world.model.deployment.requested


def test_the_same_event_again_deploys_nothing_more(world: World) -> None:
    world.promote(approved(2))
    assert world.promote(approved(2)).startswith("SKIPPED")
    world.endpoints.finish(well=True)
    world.settle()
    assert world.promote(approved(2)).startswith("SKIPPED")
    assert len(world.endpoints.deployments) == 1


def test_the_first_version_creates_the_endpoint() -> None:
    world = World()
    world.ledger.items.clear()
    world.endpoints.now = None
    assert world.promote(approved(1)).startswith("DEPLOYING")
    assert world.endpoints.deployments == [(NAMES.endpoint + "-v1", Deploy(create=True, instances=1, canary=False))]


def test_an_endpoint_of_one_instance_at_most_is_switched_at_once(world: World) -> None:
    release = replace(world.policy.release, maximum_instances=1)
    world.policy = replace(world.policy, release=release)
    world.promote(approved(2))
    assert world.endpoints.deployments[0][1] == Deploy(create=False, instances=1, canary=False)


def test_a_fleet_that_was_scaled_out_is_not_made_smaller(world: World) -> None:
    assert world.endpoints.now is not None
    world.endpoints.now = replace(world.endpoints.now, instances=3)
    world.promote(approved(2))
    assert world.endpoints.deployments[0][1].instances == 3


@pytest.mark.fault("F30")
@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting", "New"])
def test_a_busy_endpoint_is_waited_for_by_the_queue(world: World, status: str) -> None:
    assert world.endpoints.now is not None
    ready = world.endpoints.now
    world.endpoints.now = replace(ready, status=status)
    with pytest.raises(Unavailable, match=status):
        world.promote(approved(2))
    world.endpoints.now = ready
    assert world.promote(approved(2)).startswith("DEPLOYING")


@pytest.mark.parametrize("status", ["Failed", "OutOfService", "UpdateRollbackFailed"])
def test_a_broken_endpoint_needs_a_person(world: World, status: str) -> None:
    assert world.endpoints.now is not None
    world.endpoints.now = replace(world.endpoints.now, status=status, failure="out of memory")
    with pytest.raises(Unavailable, match="needs a person: out of memory"):
        world.promote(approved(2))
    assert world.endpoints.deployments == []


@pytest.mark.fault("F28")
@pytest.mark.parametrize(
    "evaluation",
    [
        None,
        replace(BETTER, verdict="WORSE"),
        replace(BETTER, verdict="INCONCLUSIVE"),
        replace(BETTER, verdict="better"),  # type: ignore[arg-type]
        replace(BETTER, challenger=float("nan")),
        replace(BETTER, low=float("nan")),
        replace(BETTER, high=float("inf")),
        replace(BETTER, low=None),  # type: ignore[arg-type]
    ],
)
def test_only_better_is_released(world: World, evaluation: Evaluation | None) -> None:
    package = world.registry.register(evaluation)
    assert world.promote(approved(package.version)).startswith("SKIPPED")
    assert world.endpoints.deployments == []
    assert world.topic.outcomes[-1] == "NO_BETTER_MODEL"
    before = (len(world.topic.notices), world.model.revision)
    world.promote(approved(package.version))
    assert (len(world.topic.notices), world.model.revision) == before


@pytest.mark.parametrize("approval", ["PendingManualApproval", "Rejected", "", "Unknown"])
def test_what_is_not_approved_any_more_is_not_deployed(world: World, approval: str) -> None:
    world.registry.review(world.registry.arn(2), approval)
    assert world.promote(approved(2)).startswith("SKIPPED")
    assert world.endpoints.deployments == []


def test_an_older_version_never_replaces_a_newer_one(world: World) -> None:
    world.registry.register(BETTER)
    world.promote(approved(3))
    assert world.promote(approved(2)).startswith("SKIPPED")
    world.endpoints.finish(well=True)
    world.settle()
    assert world.promote(approved(2)).startswith("SKIPPED")
    assert [release for release, _ in world.endpoints.deployments] == [NAMES.endpoint + "-v3"]
    assert world.episodes[0].outcome is Outcome.NO_BETTER_MODEL


@pytest.mark.fault("F30")
def test_a_newer_version_waits_until_the_one_before_it_is_settled(world: World) -> None:
    world.promote(approved(2))
    world.registry.register(BETTER)
    with pytest.raises(Unavailable, match="on its way"):
        world.promote(approved(3))
    world.endpoints.finish(well=True)
    with pytest.raises(Unavailable, match="on its way"):
        world.promote(approved(3))
    world.settle()
    assert world.promote(approved(3)).startswith("DEPLOYING")


@pytest.mark.fault("F29")
def test_a_version_that_was_rolled_back_is_not_deployed_again(world: World) -> None:
    world.promote(approved(2))
    world.endpoints.finish(well=False)
    world.settle()
    assert world.promote(approved(2)).startswith("SKIPPED")
    world.promote(SWEEP)
    assert len(world.endpoints.deployments) == 1


def test_a_deployment_that_is_refused_for_good_calls_a_person_and_blocks_the_version(world: World) -> None:
    world.endpoints.refusals = [Refused("ValidationException", "The container image does not exist.")]
    assert world.promote(approved(2)).startswith("WITHDRAWN")
    assert (world.model.deployment, world.model.candidates, world.model.blocked) == (None, (), (2,))
    assert (world.episodes[0].outcome, world.topic.notices[-1].attributes["urgency"]) == (Outcome.FAILED_RUN, "action")


def test_an_endpoint_that_became_busy_in_the_meantime_is_waited_for(world: World) -> None:
    """Its refusal says nothing about the version."""

    def begin_to_update(call: str) -> None:
        if call == "endpoints.deploy" and world.endpoints.now is not None:
            world.endpoints.now = world.endpoints.become(world.endpoints.now, "SystemUpdating")

    world.faults.pause = begin_to_update
    with pytest.raises(Unavailable, match="SystemUpdating"):
        world.promote(approved(2))
    assert world.model.blocked == ()


def test_no_capacity_for_the_endpoint_is_tried_again(world: World) -> None:
    world.endpoints.refusals = [QuotaReached("ResourceLimitExceeded", "0 instances")]
    with pytest.raises(Unavailable):
        world.promote(approved(2))
    assert world.promote(approved(2)).startswith("DEPLOYING")


@pytest.mark.fault("F39")
def test_during_a_freeze_nothing_is_deployed_and_afterwards_the_sweep_does_it(world: World) -> None:
    world.freeze("incident 7")
    with pytest.raises(Unavailable):
        world.promote(approved(2))
    world.promote(SWEEP)
    assert world.endpoints.deployments == []
    world.freeze("")
    world.promote(SWEEP)
    assert len(world.endpoints.deployments) == 1


def test_an_approval_that_nobody_heard_is_found_by_the_sweep(world: World) -> None:
    world.promote(SWEEP)
    assert world.endpoints.deployments[0][0] == NAMES.endpoint + "-v2"


def test_a_version_of_a_persons_run_has_an_episode_of_its_own(world: World) -> None:
    world.registry.register(BETTER)
    world.promote(approved(3))
    world.endpoints.finish(well=True)
    world.settle()
    (told,) = [notice for notice in world.topic.notices if notice.attributes["outcome"] == "PROMOTED"]
    assert "nothing was started for this by the platform" in told.text


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


@pytest.mark.fault("F36")
@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("ModelPackageGroupName", "other-dev-progression"),
        ("ModelPackageArn", "arn:aws:sagemaker:us-east-1:111122223333:model-package/other-dev-progression/3"),
        ("ModelPackageArn", "arn:aws:sagemaker:us-east-1:999999999999:model-package/demo-dev-progression/3"),
        ("ModelPackageArn", "arn:aws:sagemaker:us-east-1:111122223333:model-package/demo-dev-progression/3\n"),
        ("ModelPackageArn", "arn:aws:sagemaker:us-east-1:111122223333:model-package/demo-dev-progression/../x/3"),
        ("ModelApprovalStatus", "PendingManualApproval"),
    ],
)
def test_a_package_that_is_not_this_teams_touches_nothing(world: World, part: str, value: str) -> None:
    event = recorded("package_approved")
    event["detail"][part] = value
    before = len(world.faults.calls)
    assert world.promote(json.dumps(event)) == "REJECTED_EVENT"
    assert {call.partition(".")[0] for call in world.faults.calls[before:]} == {"ledger"}


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
