"""How runs and deployments end: by what SageMaker says, whatever the events said."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import botocore.session
import pytest

from core.diagnosis import Verdict
from core.remediation.outcomes import Outcome
from core.remediation.promotion import release_name
from core.remediation.statuses import BROKEN, ENDED_EXECUTIONS, SERVING
from tests.lambdas.faults import Fault
from tests.lambdas.world import BETTER, NAMES, SWEEP, World, recorded

SAGEMAKER = botocore.session.get_session().get_service_model("sagemaker")
EXECUTION_STATUSES = SAGEMAKER.shape_for("PipelineExecutionStatus").enum
ENDPOINT_STATUSES = SAGEMAKER.shape_for("EndpointStatus").enum
RUN_CHANGED = json.dumps(recorded("pipeline_changed"))
ENDPOINT_CHANGED = json.dumps(recorded("endpoint_changed"))


@pytest.fixture
def world() -> World:
    """A run was started."""
    world = World()
    world.remediate(world.raise_alarm())
    return world


def deployed(world: World) -> World:
    world.end_run(world.pipelines.runs[0])
    world.settle(RUN_CHANGED)
    world.promote(SWEEP)
    return world


@pytest.mark.fault("F28")
def test_a_gate_that_says_no_ends_the_episode_with_its_reason(world: World) -> None:
    world.end_run(world.pipelines.runs[0], "Failed", gate="accuracy 0.70 is not better than 0.71")
    assert world.settle(RUN_CHANGED) == "NO_BETTER_MODEL"
    assert "0.70 is not better than 0.71" in world.topic.notices[-1].text
    assert (world.model.run, world.model.attempts) == (None, 1)


@pytest.mark.fault("F26")
def test_a_run_that_fails_says_why(world: World) -> None:
    run = world.pipelines.runs[0]
    world.end_run(run, "Failed")
    run.failure = "Train: AlgorithmError: out of memory"
    assert world.settle(RUN_CHANGED) == "FAILED_RUN"
    assert "out of memory" in world.topic.notices[-1].text


def test_a_better_model_that_a_person_must_approve_waits(world: World) -> None:
    world.end_run(world.pipelines.runs[0], approval="PendingManualApproval")
    assert world.settle(RUN_CHANGED) == "PROMOTION_PENDING"
    assert world.topic.notices[-1].attributes["urgency"] == "action"
    world.promote(SWEEP)
    assert world.endpoints.deployments == []


def test_a_model_that_a_person_rejects_ends_its_episode(world: World) -> None:
    world.end_run(world.pipelines.runs[0], approval="PendingManualApproval")
    world.settle(RUN_CHANGED)
    world.registry.review(world.registry.arn(2), "Rejected")
    world.settle(SWEEP)
    assert (world.episodes[0].outcome, world.model.candidates) == (Outcome.NO_BETTER_MODEL, ())


def test_a_model_that_a_person_approves_later_is_promoted(world: World) -> None:
    world.end_run(world.pipelines.runs[0], approval="PendingManualApproval")
    world.settle(RUN_CHANGED)
    world.registry.review(world.registry.arn(2), "Approved")
    world.promote(SWEEP)
    world.endpoints.finish(well=True)
    assert world.settle(ENDPOINT_CHANGED) == "PROMOTED"
    assert world.topic.outcomes == ["STARTED", "PROMOTION_PENDING", "PROMOTED"]


def test_a_package_that_was_deleted_ends_its_episode(world: World) -> None:
    world.end_run(world.pipelines.runs[0], approval="PendingManualApproval")
    world.settle(RUN_CHANGED)
    world.registry.packages.clear()
    world.settle(SWEEP)
    assert world.episodes[0].outcome is Outcome.NO_BETTER_MODEL


def test_a_run_that_registers_nothing_is_not_better(world: World) -> None:
    world.pipelines.runs[0].status = "Succeeded"
    assert world.settle(RUN_CHANGED) == "NO_BETTER_MODEL"


def test_a_run_whose_pipeline_was_deleted_does_not_hold_the_model(world: World) -> None:
    world.pipelines.exists = False
    assert world.settle(SWEEP) == "SWEPT"
    assert (world.model.run, world.episodes[0].outcome) == (None, Outcome.FAILED_RUN)


@pytest.mark.fault("F43")
def test_a_version_in_service_is_on_record_scaled_and_told(world: World) -> None:
    deployed(world)
    world.endpoints.finish(well=True)
    assert world.settle(ENDPOINT_CHANGED) == "PROMOTED"
    release = world.endpoints.releases[-1]
    assert (release.endpoint_config, release.package_arn) == (release_name(NAMES, 2), world.registry.arn(2))
    assert release.baseline_uri == "s3://models/2/baseline/"
    assert world.endpoints.scaled == [(1, 3)]
    assert (world.model.in_service, world.model.attempts, world.model.deployment) == (2, 0, None)
    assert world.topic.outcomes == ["STARTED", "PROMOTED"]


@pytest.mark.fault("F29")
def test_a_rolled_back_version_is_blocked_and_told(world: World) -> None:
    deployed(world)
    world.endpoints.finish(well=False)
    assert world.settle(ENDPOINT_CHANGED) == "ROLLED_BACK"
    assert (world.model.in_service, world.model.blocked, world.model.attempts) == (1, (2,), 1)
    assert world.endpoints.releases[-1].package_arn == world.registry.arn(1)
    assert world.topic.notices[-1].attributes["urgency"] == "action"


def test_a_first_endpoint_that_fails_is_told() -> None:
    world = World()
    world.ledger.items.clear()
    world.endpoints.now = None
    world.promote(SWEEP)
    world.endpoints.finish(well=False)
    assert world.settle(ENDPOINT_CHANGED) == "ROLLED_BACK"
    assert world.model.in_service == 0


def test_an_endpoint_that_is_created_while_it_is_asked_for_was_never_gone() -> None:
    """The answer "there is none" is older than the row that says it was asked for."""
    world = World()
    world.ledger.items.clear()
    world.endpoints.now = None
    world.promote(SWEEP)
    made, row = world.endpoints.now, world.model
    assert made is not None
    assert row.deployment is not None
    assert row.deployment.requested
    world.endpoints.now = None
    world.ledger.put(replace(row, deployment=replace(row.deployment, requested=False)))

    def created_meanwhile(call: str) -> None:
        if call == "ledger.read" and "endpoints.endpoint" in world.faults.calls and world.endpoints.now is None:
            world.endpoints.now = made
            world.ledger.put(replace(world.model, deployment=row.deployment))

    world.faults.calls.clear()
    world.faults.pause = created_meanwhile
    assert world.settle(ENDPOINT_CHANGED) == "The endpoint is Creating."
    assert world.model.deployment is not None
    assert world.topic.outcomes == []


@pytest.mark.fault("F37")
def test_an_endpoint_deleted_during_a_deployment_is_not_made_again(world: World) -> None:
    deployed(world)
    world.endpoints.now = None
    assert world.settle(ENDPOINT_CHANGED) == "TARGET_GONE"
    world.sweep()
    assert (len(world.endpoints.deployments), world.endpoints.now) == (1, None)


@pytest.mark.fault("F27")
@pytest.mark.parametrize("status", EXECUTION_STATUSES)
def test_every_status_of_an_execution_is_understood(world: World, status: str) -> None:
    world.pipelines.runs[0].status = status
    world.settle(RUN_CHANGED)
    assert (world.model.run is None) == (status in ENDED_EXECUTIONS)
    assert {"Stopped", "Failed", "Succeeded"} <= ENDED_EXECUTIONS


@pytest.mark.fault("F27")
@pytest.mark.parametrize("status", [*ENDPOINT_STATUSES, "ThoughtOfLater"])
def test_every_status_of_an_endpoint_is_understood(world: World, status: str) -> None:
    """Of a deployment that was asked for: in service on another config and broken are ends, the others are ways."""
    deployed(world)
    assert world.endpoints.now is not None
    world.endpoints.now = world.endpoints.become(world.endpoints.now, status)
    world.settle(ENDPOINT_CHANGED)
    assert (world.model.deployment is None) == (status in BROKEN | {SERVING})


@pytest.mark.fault("F2", "F3")
@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_events_in_any_order_and_number_leave_the_same_ledger(order: tuple[int, ...]) -> None:
    """Events are hints; after the last one the ledger says what SageMaker says."""
    world = World()
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0])
    late = json.loads(RUN_CHANGED)
    late["detail"]["currentPipelineExecutionStatus"] = "Executing"
    failed = json.loads(RUN_CHANGED)
    failed["detail"]["currentPipelineExecutionStatus"] = "Failed"
    hints = [RUN_CHANGED, json.dumps(late), json.dumps(failed), ENDPOINT_CHANGED, RUN_CHANGED]
    for index in order:
        world.settle(hints[index])
    assert (world.model.run, len(world.model.candidates)) == (None, 1)
    assert world.episodes[0].outcome is Outcome.STARTED


def test_an_endpoint_that_settles_before_its_run_does_not_confuse_them(world: World) -> None:
    run = world.pipelines.runs[0]
    world.end_run(run)
    run.status = "Executing"
    world.promote(SWEEP)
    world.endpoints.finish(well=True)
    world.settle(ENDPOINT_CHANGED)
    run.status = "Succeeded"
    world.settle(RUN_CHANGED)
    assert (world.episodes[0].outcome, world.model.run, world.model.candidates) == (Outcome.PROMOTED, None, ())


def test_a_rollback_that_settles_before_its_run_keeps_the_version_blocked(world: World) -> None:
    run = world.pipelines.runs[0]
    world.end_run(run)
    run.status = "Executing"
    world.promote(SWEEP)
    world.endpoints.finish(well=False)
    world.settle(ENDPOINT_CHANGED)
    run.status = "Succeeded"
    world.settle(RUN_CHANGED)
    assert (world.episodes[0].outcome, world.model.candidates, world.model.blocked) == (Outcome.ROLLED_BACK, (), (2,))


def test_a_package_that_was_refused_before_its_run_was_settled_is_no_candidate(world: World) -> None:
    run = world.pipelines.runs[0]
    worse = replace(BETTER, verdict="WORSE")
    run.package = world.registry.register(worse, "Approved", run.parameters.episode).arn
    world.promote(SWEEP)
    run.status = "Succeeded"
    world.settle(RUN_CHANGED)
    assert (world.episodes[0].outcome, world.model.candidates) == (Outcome.NO_BETTER_MODEL, ())


def test_an_answer_about_one_deployment_does_not_settle_the_next(world: World) -> None:
    deployed(world)
    world.endpoints.finish(well=False)

    def deploy_the_next(call: str) -> None:
        row = world.model
        if call == "endpoints.endpoint" and row.deployment is not None and row.deployment.version == 2:
            world.ledger.put(replace(row, deployment=replace(row.deployment, version=3)))

    world.faults.pause = deploy_the_next
    assert world.settle(ENDPOINT_CHANGED) == "NOTHING ON RECORD"
    assert world.model.blocked == ()


def test_what_a_person_puts_into_service_is_on_record_and_stays(world: World) -> None:
    deployed(world)
    world.endpoints.finish(well=True)
    world.settle(ENDPOINT_CHANGED)
    assert world.endpoints.now is not None
    world.endpoints.now = world.endpoints.become(world.endpoints.now, "InService", release_name(NAMES, 1))
    assert world.settle(ENDPOINT_CHANGED) == "ADOPTED"
    assert (world.model.in_service, world.model.blocked) == (1, (2,))
    assert world.endpoints.releases[-1].package_arn == world.registry.arn(1)
    world.promote(SWEEP)
    assert len(world.endpoints.deployments) == 1


def better_again(world: World) -> None:
    """A day later drift is back: another run ends with version 3, while version 2 still waits."""
    world.end_run(world.pipelines.runs[0], approval="PendingManualApproval")
    world.settle(RUN_CHANGED)
    world.clock.pass_(hours=25)
    world.window(Verdict.REAL_DRIFT)
    world.remediate(world.raise_alarm("drift"))
    world.end_run(world.pipelines.runs[1], approval="PendingManualApproval")
    world.settle(RUN_CHANGED)


def test_a_second_better_model_does_not_make_the_first_forgotten(world: World) -> None:
    better_again(world)
    assert [candidate.version for candidate in world.model.candidates] == [2, 3]
    world.registry.review(world.registry.arn(2), "Rejected")
    world.settle(SWEEP)
    first, second = sorted(world.episodes, key=lambda episode: episode.raised_at)
    assert (first.outcome, second.outcome) == (Outcome.NO_BETTER_MODEL, Outcome.PROMOTION_PENDING)


def test_a_better_model_that_was_overtaken_ends_its_episode(world: World) -> None:
    better_again(world)
    world.registry.review(world.registry.arn(3), "Approved")
    world.promote(SWEEP)
    world.endpoints.finish(well=True)
    world.settle(SWEEP)
    first, second = sorted(world.episodes, key=lambda episode: episode.raised_at)
    assert (first.outcome, second.outcome) == (Outcome.NO_BETTER_MODEL, Outcome.PROMOTED)
    assert world.model.candidates == ()


def test_a_candidate_that_a_person_deploys_by_hand_is_promoted(world: World) -> None:
    world.end_run(world.pipelines.runs[0], approval="PendingManualApproval")
    world.settle(RUN_CHANGED)
    assert world.endpoints.now is not None
    world.endpoints.now = world.endpoints.become(world.endpoints.now, "InService", release_name(NAMES, 2))
    world.settle(SWEEP)
    assert (world.episodes[0].outcome, world.model.candidates) == (Outcome.PROMOTED, ())


def test_a_config_that_the_platform_did_not_make_is_left_alone(world: World) -> None:
    assert world.endpoints.now is not None
    world.endpoints.now = replace(world.endpoints.now, config="by-hand")
    assert world.settle(ENDPOINT_CHANGED) == "NOTHING ON RECORD"


@pytest.mark.fault("F34", "F36")
@pytest.mark.parametrize(
    ("event", "part", "value"),
    [
        ("pipeline_changed", "pipelineArn", "arn:aws:sagemaker:us-east-1:111122223333:pipeline/other-dev-x-training"),
        ("pipeline_changed", "pipelineArn", "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/demo-dev-progression"),
        ("endpoint_changed", "EndpointName", "other-dev-progression"),
        ("endpoint_changed", "EndpointName", "demo-dev-progression-x"),
    ],
)
def test_a_hint_about_something_else_touches_nothing(world: World, event: str, part: str, value: str) -> None:
    hint = recorded(event)
    hint["detail"][part] = value
    before = len(world.faults.calls)
    assert world.settle(json.dumps(hint)) == "REJECTED_EVENT"
    assert {call.partition(".")[0] for call in world.faults.calls[before:]} == {"ledger"}


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("index", range(40))
def test_a_fault_at_any_call_leaves_the_same_end(index: int, fault: Fault) -> None:
    world = World()
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0])
    world.faults.plan = {len(world.faults.calls) + index: fault}
    world.delivered(world.settle, RUN_CHANGED)
    world.delivered(world.promote, SWEEP)
    if world.endpoints.target:
        world.endpoints.finish(well=True)
    world.delivered(world.settle, ENDPOINT_CHANGED)
    world.faults.plan = {}
    world.sweep()
    world.clock.pass_(hours=1)
    world.sweep()
    if world.model.deployment is not None:  # its handler was killed before it asked for it
        world.endpoints.finish(well=True)
    world.sweep()
    assert (world.episodes[0].outcome, world.model.in_service) == (Outcome.PROMOTED, 2)
    assert (world.model.run, world.model.candidates, world.model.unannounced) == (None, (), ())
    assert set(world.topic.outcomes) == {"STARTED", "PROMOTED"}
    assert world.topic.outcomes.count("PROMOTED") <= 2


def test_each_look_at_an_endpoint_tells_deployments_whether_it_stands(world: World) -> None:
    world.settle(ENDPOINT_CHANGED)
    world.settle(SWEEP)
    assert world.standings.kept == [world.policy.model] * 2
