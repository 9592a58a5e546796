"""Events that the platform reacts to: the pattern that selects one, and its parser.

Parsers take any decoded JSON and raise `NotThisEvent` for what they do not accept; the message names what
was found. Every event reaches its handler through a queue, so a handler reads one of these from an SQS body.
What the platform's own parts and people ask of each other is in `core.contracts.requests`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from core.contracts.event_fields import NotThisEvent as NotThisEvent
from core.contracts.event_fields import as_time, expect, text_at, text_if_any, value_at


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
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        if (state := text_at(event, "detail.state.value")) != "ALARM":
            raise NotThisEvent(f"the alarm's state is {state!r}, not 'ALARM'")
        resources = value_at(event, "resources")
        if not isinstance(resources, list) or len(resources) != 1 or not isinstance(resources[0], str):
            raise NotThisEvent(f"'resources' is not one alarm ARN: {str(resources)[:60]}")
        return cls(
            arn=resources[0],
            name=text_at(event, "detail.alarmName", 255),
            at=as_time(text_at(event, "detail.state.timestamp"), "detail.state.timestamp"),
            reason=text_at(event, "detail.state.reason", 4096),
            account=text_at(event, "account", 12),
            region=text_at(event, "region", 32),
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
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        return cls(
            pipeline_arn=text_at(event, "detail.pipelineArn"),
            execution_arn=text_at(event, "detail.pipelineExecutionArn"),
            status=text_at(event, "detail.currentPipelineExecutionStatus", 64),
            account=text_at(event, "account", 12),
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
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        if (status := text_at(event, "detail.ModelApprovalStatus", 64)) != "Approved":
            raise NotThisEvent(f"the package is {status!r}, not 'Approved'")
        return cls(
            group=text_at(event, "detail.ModelPackageGroupName", 63),
            arn=text_at(event, "detail.ModelPackageArn"),
            account=text_at(event, "account", 12),
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
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        return cls(
            endpoint=text_at(event, "detail.EndpointName", 63),
            status=text_at(event, "detail.EndpointStatus", 64),
            account=text_at(event, "account", 12),
        )


@dataclass(frozen=True, slots=True)
class DeploymentRolledBack:
    """CloudFormation takes back an update of a stack, or could not even do that."""

    stack: str
    """Its ARN."""
    status: str
    reason: str
    """Empty where CloudFormation gave none."""
    at: datetime
    account: str

    SOURCE: ClassVar = "aws.cloudformation"
    DETAIL_TYPE: ClassVar = "CloudFormation Stack Status Change"
    STUCK: ClassVar = "UPDATE_ROLLBACK_FAILED"
    STATUSES: ClassVar = ("UPDATE_ROLLBACK_IN_PROGRESS", STUCK)
    """Those that say why: when a rollback is complete there is no reason any more."""

    @classmethod
    def pattern(cls, account: str, beginning: str) -> dict[str, Any]:
        """`beginning` is the stack's ARN up to the id that its creation gave it."""
        detail = {"stack-id": [{"prefix": beginning}], "status-details": {"status": list(cls.STATUSES)}}
        return _pattern(cls.SOURCE, cls.DETAIL_TYPE, account, detail)

    @classmethod
    def parse(cls, event: object) -> DeploymentRolledBack:
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        if (status := text_at(event, "detail.status-details.status", 64)) not in cls.STATUSES:
            raise NotThisEvent(f"the stack is {status!r}, not one of {', '.join(cls.STATUSES)}")
        return cls(
            stack=text_at(event, "detail.stack-id"),
            status=status,
            reason=text_if_any(event, "detail.status-details.status-reason", 4096),
            at=as_time(text_at(event, "time"), "time"),
            account=text_at(event, "account", 12),
        )


@dataclass(frozen=True, slots=True)
class MonitorFailed:
    """A processing job that is a run of a monitor did not end well, so that a window goes unwatched."""

    job: str
    status: str
    account: str
    schedule: str = ""
    """SageMaker's own schedule that started it, which also names the job; empty where the platform's did."""

    SOURCE: ClassVar = "aws.sagemaker"
    DETAIL_TYPE: ClassVar = "SageMaker Processing Job State Change"
    FAILED: ClassVar = "Failed"
    STATUSES: ClassVar = (FAILED, "Stopped")

    @classmethod
    def pattern(cls, account: str, beginning: str) -> dict[str, Any]:
        """`beginning` is `ModelNames.monitor_runs`."""
        detail = {"ProcessingJobName": [{"prefix": beginning}], "ProcessingJobStatus": list(cls.STATUSES)}
        return _pattern(cls.SOURCE, cls.DETAIL_TYPE, account, detail)

    @classmethod
    def pattern_of_schedules(cls, account: str, arns: Sequence[str]) -> dict[str, Any]:
        """Runs that these MonitoringSchedules started. The detail has the members of DescribeProcessingJob."""
        detail = {"MonitoringScheduleArn": list(arns), "ProcessingJobStatus": list(cls.STATUSES)}
        return _pattern(cls.SOURCE, cls.DETAIL_TYPE, account, detail)

    @classmethod
    def parse(cls, event: object) -> MonitorFailed:
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        if (status := text_at(event, "detail.ProcessingJobStatus", 64)) not in cls.STATUSES:
            raise NotThisEvent(f"the job is {status!r}, not one of {', '.join(cls.STATUSES)}")
        return cls(
            job=text_at(event, "detail.ProcessingJobName", 63),
            status=status,
            account=text_at(event, "account", 12),
            schedule=text_if_any(event, "detail.MonitoringScheduleArn", 256).rpartition("/")[2],
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
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        return cls()
