"""Events that the platform reacts to: the pattern that selects one, and its parser.

Parsers take any decoded JSON and raise `NotThisEvent` for what they do not accept; the message names what
was found. Every event reaches its handler through a queue, so a handler reads one of these from an SQS body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar


class NotThisEvent(ValueError):
    """The value is not the event that the parser reads."""


def _at(event: object, path: str) -> Any:
    """The value at a dotted path; NotThisEvent names the first part that is missing."""
    value = event
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise NotThisEvent(f"no {part!r} on the way to {path!r}")
        value = value[part]
    return value


def _text(event: object, path: str, longest: int = 2048) -> str:
    value = _at(event, path)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise NotThisEvent(f"{path!r} is not a text of 1 to {longest} characters: {str(value)[:60]!r}")
    return value


def _time(text: str, path: str) -> datetime:
    """ISO 8601 with an offset, as EventBridge ('...Z') and CloudWatch ('...+0000') write it."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise NotThisEvent(f"{path!r} is not a time: {text[:40]!r}") from None
    if time.tzinfo is None:
        raise NotThisEvent(f"{path!r} has no offset from UTC: {text[:40]!r}")
    return time.astimezone(UTC)


def _expect(event: object, source: str, detail_type: str) -> None:
    found = (_text(event, "source"), _text(event, "detail-type"))
    if found != (source, detail_type):
        raise NotThisEvent(f"expected {(source, detail_type)}, found {found}")


def _pattern(source: str, detail_type: str, account: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {"source": [source], "detail-type": [detail_type], "account": [account], "detail": detail}


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """A CloudWatch alarm went into ALARM. (arn, at) identifies the transition, hence the episode."""

    arn: str
    name: str
    at: datetime
    reason: str
    account: str
    region: str

    SOURCE: ClassVar = "aws.cloudwatch"
    DETAIL_TYPE: ClassVar = "CloudWatch Alarm State Change"

    @classmethod
    def pattern(cls, account: str, alarm_arns: Sequence[str]) -> dict[str, Any]:
        """EventBridge pattern for the given alarms entering ALARM in the given account."""
        pattern = _pattern(cls.SOURCE, cls.DETAIL_TYPE, account, {"state": {"value": ["ALARM"]}})
        return {**pattern, "resources": list(alarm_arns)}

    @classmethod
    def parse(cls, event: object) -> AlarmRaised:
        _expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        if (state := _text(event, "detail.state.value")) != "ALARM":
            raise NotThisEvent(f"the alarm's state is {state!r}, not 'ALARM'")
        resources = _at(event, "resources")
        if not isinstance(resources, list) or len(resources) != 1 or not isinstance(resources[0], str):
            raise NotThisEvent(f"'resources' is not one alarm ARN: {str(resources)[:60]}")
        return cls(
            arn=resources[0],
            name=_text(event, "detail.alarmName", 255),
            at=_time(_text(event, "detail.state.timestamp"), "detail.state.timestamp"),
            reason=_text(event, "detail.state.reason", 4096),
            account=_text(event, "account", 12),
            region=_text(event, "region", 32),
        )


@dataclass(frozen=True, slots=True)
class PipelineChanged:
    """A pipeline execution changed its status. A hint: the truth is what DescribePipelineExecution says."""

    pipeline_arn: str
    execution_arn: str
    status: str
    account: str

    SOURCE: ClassVar = "aws.sagemaker"
    DETAIL_TYPE: ClassVar = "SageMaker Model Building Pipeline Execution Status Change"

    @classmethod
    def pattern(cls, account: str, pipeline_arns: Sequence[str]) -> dict[str, Any]:
        return _pattern(cls.SOURCE, cls.DETAIL_TYPE, account, {"pipelineArn": list(pipeline_arns)})

    @classmethod
    def parse(cls, event: object) -> PipelineChanged:
        _expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        return cls(
            pipeline_arn=_text(event, "detail.pipelineArn"),
            execution_arn=_text(event, "detail.pipelineExecutionArn"),
            status=_text(event, "detail.currentPipelineExecutionStatus", 64),
            account=_text(event, "account", 12),
        )


@dataclass(frozen=True, slots=True)
class PackageApproved:
    """A model package became Approved, by policy at its registration or by a person."""

    group: str
    arn: str
    account: str

    SOURCE: ClassVar = "aws.sagemaker"
    DETAIL_TYPE: ClassVar = "SageMaker Model Package State Change"

    @classmethod
    def pattern(cls, account: str, groups: Sequence[str]) -> dict[str, Any]:
        detail = {"ModelPackageGroupName": list(groups), "ModelApprovalStatus": ["Approved"]}
        return _pattern(cls.SOURCE, cls.DETAIL_TYPE, account, detail)

    @classmethod
    def parse(cls, event: object) -> PackageApproved:
        _expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        if (status := _text(event, "detail.ModelApprovalStatus", 64)) != "Approved":
            raise NotThisEvent(f"the package is {status!r}, not 'Approved'")
        return cls(
            group=_text(event, "detail.ModelPackageGroupName", 63),
            arn=_text(event, "detail.ModelPackageArn"),
            account=_text(event, "account", 12),
        )


@dataclass(frozen=True, slots=True)
class EndpointChanged:
    """An endpoint (or its deployment) changed its status. A hint: the truth is what DescribeEndpoint says."""

    endpoint: str
    status: str
    account: str

    SOURCE: ClassVar = "aws.sagemaker"
    DETAIL_TYPE: ClassVar = "SageMaker Endpoint State Change"

    @classmethod
    def pattern(cls, account: str, endpoints: Sequence[str]) -> dict[str, Any]:
        return _pattern(cls.SOURCE, cls.DETAIL_TYPE, account, {"EndpointName": list(endpoints)})

    @classmethod
    def parse(cls, event: object) -> EndpointChanged:
        _expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        return cls(
            endpoint=_text(event, "detail.EndpointName", 63),
            status=_text(event, "detail.EndpointStatus", 64),
            account=_text(event, "account", 12),
        )


@dataclass(frozen=True, slots=True)
class MonitorFailed:
    """A processing job that is a run of a monitor did not end well, so that a window goes unwatched."""

    job: str
    status: str
    account: str

    SOURCE: ClassVar = "aws.sagemaker"
    DETAIL_TYPE: ClassVar = "SageMaker Processing Job State Change"
    STATUSES: ClassVar = ("Failed", "Stopped")

    @classmethod
    def pattern(cls, account: str, beginning: str) -> dict[str, Any]:
        """`beginning` is `ModelNames.monitor_runs`."""
        detail = {"ProcessingJobName": [{"prefix": beginning}], "ProcessingJobStatus": list(cls.STATUSES)}
        return _pattern(cls.SOURCE, cls.DETAIL_TYPE, account, detail)

    @classmethod
    def parse(cls, event: object) -> MonitorFailed:
        _expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        if (status := _text(event, "detail.ProcessingJobStatus", 64)) not in cls.STATUSES:
            raise NotThisEvent(f"the job is {status!r}, not one of {', '.join(cls.STATUSES)}")
        return cls(
            job=_text(event, "detail.ProcessingJobName", 63),
            status=status,
            account=_text(event, "account", 12),
        )


@dataclass(frozen=True, slots=True)
class ImagePushed:
    """An image came into a repository of ECR. It only wakes: what is there is asked of ECR."""

    SOURCE: ClassVar = "aws.ecr"
    DETAIL_TYPE: ClassVar = "ECR Image Action"

    @classmethod
    def pattern(cls, account: str, repositories: Sequence[str]) -> dict[str, Any]:
        detail = {"action-type": ["PUSH"], "result": ["SUCCESS"], "repository-name": list(repositories)}
        return _pattern(cls.SOURCE, cls.DETAIL_TYPE, account, detail)


@dataclass(frozen=True, slots=True)
class SweepDue:
    """The schedule asks for a sweep: lapsed claims, alarms that fired unheard, silent monitors.

    Sent by EventBridge Scheduler with `body` as its input, straight to the queue of `remediate`.
    """

    SOURCE: ClassVar = "homeostat"
    DETAIL_TYPE: ClassVar = "Sweep Due"

    @classmethod
    def body(cls) -> dict[str, str]:
        return {"source": cls.SOURCE, "detail-type": cls.DETAIL_TYPE}

    @classmethod
    def parse(cls, event: object) -> SweepDue:
        _expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        return cls()
