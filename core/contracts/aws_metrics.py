"""Metrics that AWS publishes by itself: alarms and dashboards read them.

Sources: SageMaker guide, "Monitor SageMaker with CloudWatch"; Lambda and SQS guides, lists of metrics.
"""

from __future__ import annotations

from core.contracts.metrics import Metric

_VARIANT = ("EndpointName", "VariantName")
INVOCATIONS = Metric("AWS/SageMaker", "Invocations", _VARIANT)
INVOCATIONS_PER_INSTANCE = Metric("AWS/SageMaker", "InvocationsPerInstance", _VARIANT)
REFUSED_REQUESTS = Metric("AWS/SageMaker", "Invocation4XXErrors", _VARIANT)
FAILED_REQUESTS = Metric("AWS/SageMaker", "Invocation5XXErrors", _VARIANT)
"""Its average is the share of failed requests."""
LATENCY = Metric("AWS/SageMaker", "ModelLatency", _VARIANT, unit="Microseconds")

_PIPELINE = ("PipelineName",)
RUNS_SUCCEEDED = Metric("AWS/Sagemaker/ModelBuildingPipeline", "ExecutionSucceeded", _PIPELINE, unit="Count")
RUNS_FAILED = Metric("AWS/Sagemaker/ModelBuildingPipeline", "ExecutionFailed", _PIPELINE, unit="Count")

_FUNCTION = ("FunctionName",)
FUNCTION_ERRORS = Metric("AWS/Lambda", "Errors", _FUNCTION, unit="Count")
FUNCTION_THROTTLES = Metric("AWS/Lambda", "Throttles", _FUNCTION, unit="Count")

QUEUED = Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", ("QueueName",), unit="Count")
