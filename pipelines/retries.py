"""What is worth another try."""

from __future__ import annotations

from typing import Any

from sagemaker.mlops.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)


def retries() -> list[Any]:
    """Capacity and limits for hours, the service's own faults for minutes."""
    capacity = [
        SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT,
        SageMakerJobExceptionTypeEnum.CAPACITY_ERROR,
        SageMakerJobExceptionTypeEnum.INTERNAL_ERROR,
    ]
    service = [StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING]
    return [
        SageMakerJobStepRetryPolicy(exception_types=capacity, interval_seconds=60, backoff_rate=2.0, max_attempts=5),
        StepRetryPolicy(exception_types=service, interval_seconds=5, backoff_rate=2.0, max_attempts=5),
    ]
