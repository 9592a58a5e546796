"""Events are read member by member: each is taken from its own place, bounded in length, and missed by name."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from core.contracts.events import (
    AlarmRaised,
    DeploymentRolledBack,
    EndpointChanged,
    ImagePushed,
    MonitorFailed,
    NotThisEvent,
    PackageApproved,
    PipelineChanged,
    SweepDue,
)

ARN = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:risk-dev-churn-drift"


def event(kind: Any, **detail: Any) -> dict[str, Any]:
    return {
        "source": kind.SOURCE,
        "detail-type": kind.DETAIL_TYPE,
        "account": "111122223333",
        "region": "us-east-1",
        "resources": [ARN],
        "detail": detail,
    }


ALARM = event(
    AlarmRaised,
    alarmName="drift",
    state={"value": "ALARM", "timestamp": "2026-11-20T12:00:00.123+0000", "reason": "Threshold Crossed"},
)
PIPELINE = event(
    PipelineChanged,
    pipelineArn="arn:pipeline",
    pipelineExecutionArn="arn:execution",
    currentPipelineExecutionStatus="Executing",
)
PACKAGE = event(
    PackageApproved, ModelPackageGroupName="churn", ModelPackageArn="arn:package", ModelApprovalStatus="Approved"
)
ENDPOINT = event(EndpointChanged, EndpointName="risk-dev-churn", EndpointStatus="IN_SERVICE")
JOB = event(MonitorFailed, ProcessingJobName="risk-dev-churn-1", ProcessingJobStatus="Failed")
STACK = "arn:aws:cloudformation:us-east-1:111122223333:stack/risk-dev-operations/"
ROLLED_BACK = {
    **event(
        DeploymentRolledBack,
        **{
            "stack-id": f"{STACK}1",
            "status-details": {"status": "UPDATE_ROLLBACK_IN_PROGRESS", "status-reason": "it failed"},
        },
    ),
    "time": "2026-11-20T12:00:00Z",
}
RAISED_AT = datetime(2026, 11, 20, 12, 0, 0, 123000, tzinfo=UTC)
READ: tuple[tuple[Any, dict[str, Any], Any], ...] = (
    (
        AlarmRaised,
        ALARM,
        AlarmRaised(ARN, "drift", RAISED_AT, "Threshold Crossed", "111122223333", "us-east-1"),
    ),
    (PipelineChanged, PIPELINE, PipelineChanged("arn:pipeline", "arn:execution", "Executing", "111122223333")),
    (PackageApproved, PACKAGE, PackageApproved("churn", "arn:package", "111122223333")),
    (EndpointChanged, ENDPOINT, EndpointChanged("risk-dev-churn", "IN_SERVICE", "111122223333")),
    (MonitorFailed, JOB, MonitorFailed("risk-dev-churn-1", "Failed", "111122223333")),
    (
        DeploymentRolledBack,
        ROLLED_BACK,
        DeploymentRolledBack(
            f"{STACK}1",
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "it failed",
            RAISED_AT.replace(microsecond=0),
            "111122223333",
        ),
    ),
    (SweepDue, dict(SweepDue.body()), SweepDue()),
)
LONGEST = (
    (AlarmRaised, ALARM, "detail.alarmName", 255),
    (AlarmRaised, ALARM, "detail.state.reason", 4096),
    (AlarmRaised, ALARM, "account", 12),
    (AlarmRaised, ALARM, "region", 32),
    (PipelineChanged, PIPELINE, "detail.pipelineArn", 2048),
    (PipelineChanged, PIPELINE, "detail.pipelineExecutionArn", 2048),
    (PipelineChanged, PIPELINE, "detail.currentPipelineExecutionStatus", 64),
    (PipelineChanged, PIPELINE, "account", 12),
    (PackageApproved, PACKAGE, "detail.ModelPackageGroupName", 63),
    (PackageApproved, PACKAGE, "detail.ModelPackageArn", 2048),
    (PackageApproved, PACKAGE, "account", 12),
    (EndpointChanged, ENDPOINT, "detail.EndpointName", 63),
    (EndpointChanged, ENDPOINT, "detail.EndpointStatus", 64),
    (EndpointChanged, ENDPOINT, "account", 12),
    (MonitorFailed, JOB, "detail.ProcessingJobName", 63),
    (MonitorFailed, JOB, "account", 12),
    (DeploymentRolledBack, ROLLED_BACK, "detail.stack-id", 2048),
    (DeploymentRolledBack, ROLLED_BACK, "detail.status-details.status-reason", 4096),
    (DeploymentRolledBack, ROLLED_BACK, "account", 12),
)
"""Member -> the most characters that it may have."""
CHOSEN = (
    (AlarmRaised, ALARM, "detail.state.value", 2048, "the alarm's state is '{}', not 'ALARM'"),
    (PackageApproved, PACKAGE, "detail.ModelApprovalStatus", 64, "the package is '{}', not 'Approved'"),
    (MonitorFailed, JOB, "detail.ProcessingJobStatus", 64, "the job is '{}', not one of Failed, Stopped"),
    (
        DeploymentRolledBack,
        ROLLED_BACK,
        "detail.status-details.status",
        64,
        "the stack is '{}', not one of UPDATE_ROLLBACK_IN_PROGRESS, UPDATE_ROLLBACK_FAILED",
    ),
)
"""Members that select an event: the most characters, and what is said of another value."""


def changed(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    after = copy.deepcopy(body)
    place = after
    *way, last = path.split(".")
    for part in way:
        place = place[part]
    place[last] = value
    return after


@pytest.mark.parametrize(("kind", "body", "expected"), READ, ids=lambda value: getattr(value, "__name__", ""))
def test_an_event_is_read_member_by_member(kind: Any, body: dict[str, Any], expected: Any) -> None:
    assert kind.parse(body) == expected


@pytest.mark.parametrize(("kind", "body", "path", "longest"), LONGEST)
def test_a_member_may_have_so_many_characters_and_no_more(kind: Any, body: Any, path: str, longest: int) -> None:
    kind.parse(changed(body, path, "x" * longest))
    with pytest.raises(NotThisEvent) as refused:
        kind.parse(changed(body, path, "x" * (longest + 1)))
    assert str(refused.value).startswith(f"{path!r} is not a text of 1 to {longest} characters: 'xxx")


@pytest.mark.parametrize(("kind", "body", "path", "longest", "said"), CHOSEN)
def test_another_value_of_what_selects_an_event_is_refused(
    kind: Any, body: Any, path: str, longest: int, said: str
) -> None:
    with pytest.raises(NotThisEvent) as other:
        kind.parse(changed(body, path, "x" * longest))
    assert str(other.value) == said.format("x" * longest)
    with pytest.raises(NotThisEvent) as longer:
        kind.parse(changed(body, path, "x" * (longest + 1)))
    assert str(longer.value).startswith(f"{path!r} is not a text of 1 to {longest} characters")


def test_a_run_of_sagemakers_own_schedule_is_told_by_its_schedule() -> None:
    arn = "arn:aws:sagemaker:us-east-1:111122223333:monitoring-schedule/risk-dev-churn-mb"
    scheduled = {**JOB, "detail": {**JOB["detail"], "MonitoringScheduleArn": arn}}
    assert MonitorFailed.parse(scheduled).schedule == "risk-dev-churn-mb"
    assert MonitorFailed.parse(JOB).schedule == ""
    for wrong in (7, ["x"], "x" * 257):
        with pytest.raises(NotThisEvent, match="MonitoringScheduleArn"):
            MonitorFailed.parse({**JOB, "detail": {**JOB["detail"], "MonitoringScheduleArn": wrong}})
    pattern = MonitorFailed.pattern_of_schedules("111122223333", [arn])
    assert pattern == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Processing Job State Change"],
        "account": ["111122223333"],
        "detail": {"MonitoringScheduleArn": [arn], "ProcessingJobStatus": ["Failed", "Stopped"]},
    }


def test_a_schedule_is_named_by_the_last_part_of_its_arn() -> None:
    for arn in ("arn:monitoring-schedule/risk-dev-churn-mb", "arn:monitoring-schedule/of/risk-dev-churn-mb"):
        assert MonitorFailed.parse(changed(JOB, "detail.MonitoringScheduleArn", arn)).schedule == "risk-dev-churn-mb"


@pytest.mark.parametrize("details", [{}, {"status-reason": None}, {"status-reason": ""}])
def test_cloudformation_need_not_say_why(details: dict[str, object]) -> None:
    details = {"status": "UPDATE_ROLLBACK_FAILED", **details}
    assert DeploymentRolledBack.parse(changed(ROLLED_BACK, "detail.status-details", details)).reason == ""


@pytest.mark.parametrize("wrong", [7, ["x"], {"x": "y"}])
def test_a_reason_is_a_text(wrong: object) -> None:
    with pytest.raises(NotThisEvent, match="status-reason"):
        DeploymentRolledBack.parse(changed(ROLLED_BACK, "detail.status-details.status-reason", wrong))


def test_a_stopped_monitor_run_is_one_that_failed() -> None:
    assert MonitorFailed.parse(changed(JOB, "detail.ProcessingJobStatus", "Stopped")).status == "Stopped"


@pytest.mark.parametrize(("kind", "body", "expected"), READ, ids=lambda value: getattr(value, "__name__", ""))
def test_an_event_of_another_source_or_kind_is_refused(kind: Any, body: dict[str, Any], expected: Any) -> None:
    wanted = (kind.SOURCE, kind.DETAIL_TYPE)
    for path, found in (("source", ("else", wanted[1])), ("detail-type", (wanted[0], "else"))):
        with pytest.raises(NotThisEvent) as refused:
            kind.parse(changed(body, path, "else"))
        assert str(refused.value) == f"expected {wanted}, found {found}"


@pytest.mark.parametrize("resources", [[], [ARN, ARN], [7], ARN, {"0": ARN}, None])
def test_an_alarm_names_one_resource(resources: object) -> None:
    with pytest.raises(NotThisEvent) as refused:
        AlarmRaised.parse(changed(ALARM, "resources", resources))
    assert str(refused.value) == f"'resources' is not one alarm ARN: {str(resources)[:60]}"


def test_resources_are_told_in_sixty_characters() -> None:
    with pytest.raises(NotThisEvent) as refused:
        AlarmRaised.parse(changed(ALARM, "resources", ["y" * 100, "y"]))
    assert str(refused.value) == "'resources' is not one alarm ARN: ['" + "y" * 58


def test_a_member_that_is_missing_is_named() -> None:
    body = copy.deepcopy(ALARM)
    del body["resources"]
    with pytest.raises(NotThisEvent, match=r"^no 'resources' on the way to 'resources'$"):
        AlarmRaised.parse(body)


@pytest.mark.parametrize("text", ["yesterday", "2026-11-20T12:00:00", "0001-01-01T00:00:00+23:59"])
def test_a_time_that_is_none_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(NotThisEvent) as refused:
        AlarmRaised.parse(changed(ALARM, "detail.state.timestamp", text))
    assert str(refused.value).startswith("'detail.state.timestamp' ")
    assert text in str(refused.value)


def test_a_pattern_selects_what_its_parser_reads() -> None:
    account = "111122223333"
    sagemaker = {"source": ["aws.sagemaker"], "account": [account]}
    assert AlarmRaised.pattern(account, (ARN,)) == {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "account": [account],
        "resources": [ARN],
        "detail": {"state": {"value": ["ALARM"]}},
    }
    assert PipelineChanged.pattern(account, ("p",)) == {
        **sagemaker,
        "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
        "detail": {"pipelineArn": ["p"]},
    }
    assert PackageApproved.pattern(account, ("g",)) == {
        **sagemaker,
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["g"], "ModelApprovalStatus": ["Approved"]},
    }
    assert EndpointChanged.pattern(account, ("e",)) == {
        **sagemaker,
        "detail-type": ["SageMaker Endpoint State Change"],
        "detail": {"EndpointName": ["e"]},
    }
    assert MonitorFailed.pattern(account, "risk-dev-churn-") == {
        **sagemaker,
        "detail-type": ["SageMaker Processing Job State Change"],
        "detail": {"ProcessingJobName": [{"prefix": "risk-dev-churn-"}], "ProcessingJobStatus": ["Failed", "Stopped"]},
    }
    assert DeploymentRolledBack.pattern(account, STACK) == {
        "source": ["aws.cloudformation"],
        "detail-type": ["CloudFormation Stack Status Change"],
        "account": [account],
        "detail": {
            "stack-id": [{"prefix": STACK}],
            "status-details": {"status": ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"]},
        },
    }
    assert ImagePushed.pattern(account, ("r",)) == {
        "source": ["aws.ecr"],
        "detail-type": ["ECR Image Action"],
        "account": [account],
        "detail": {"action-type": ["PUSH"], "result": ["SUCCESS"], "repository-name": ["r"]},
    }


def test_a_sweep_says_what_it_is() -> None:
    assert SweepDue.body() == {"source": "homeostat", "detail-type": "Sweep Due"}
