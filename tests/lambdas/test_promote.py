"""What brings an approved package to the endpoint."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.contracts.evaluation import Evaluation
from core.remediation.outcomes import Outcome
from core.remediation.promotion import Deploy
from lambdas.failures import QuotaReached, Refused, Unavailable
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
