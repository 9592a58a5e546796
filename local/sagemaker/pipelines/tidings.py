"""The events of executions and of their steps, as EventBridge gets them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.contracts.events import PipelineChanged
from local.events import emit
from local.sagemaker.pipelines.definition import Step
from local.sagemaker.store import Record

STEP_CHANGED = "SageMaker Model Building Pipeline Execution Step Status Change"


def execution_changed(execution: Record, before: str | None) -> None:
    """The execution got another status than `before` (None: it has just begun)."""
    detail = {
        "pipelineExecutionDisplayName": execution["PipelineExecutionDisplayName"],
        "currentPipelineExecutionStatus": execution["PipelineExecutionStatus"],
        "previousPipelineExecutionStatus": before,
        "executionStartTime": _time(execution["StartTime"]),
        "executionEndTime": _time(execution.get("EndTime")),
        "failureReason": execution.get("FailureReason"),
        "pipelineExecutionDescription": execution.get("PipelineExecutionDescription"),
    }
    _emit(PipelineChanged.DETAIL_TYPE, detail, execution)


def step_changed(execution: Record, step: Step, record: Record, before: str) -> None:
    hit = record.get("CacheHitResult")
    detail = {
        "stepName": step.name,
        "stepType": step.type,
        "currentStepStatus": record["StepStatus"],
        "previousStepStatus": before,
        "stepStartTime": _time(record["StartTime"]),
        "stepEndTime": _time(record.get("EndTime")),
        "failureReason": record.get("FailureReason"),
        "metadata": _lower(record.get("Metadata", {})),
        "cacheHitResult": hit and {"sourcePipelineExecutionArn": hit["SourcePipelineExecutionArn"]},
    }
    _emit(STEP_CHANGED, detail, execution)


def _emit(detail_type: str, detail: dict[str, Any], execution: Record) -> None:
    arns = [execution["PipelineArn"], execution["PipelineExecutionArn"]]
    told = {name: value for name, value in detail.items() if value is not None}
    emit("aws.sagemaker", detail_type, {**told, "pipelineArn": arns[0], "pipelineExecutionArn": arns[1]}, arns)


def _time(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else None


def _lower(value: Any) -> Any:
    """The API's member names as events write them: `ProcessingJob` is `processingJob`."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _lower(item) for name, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value
