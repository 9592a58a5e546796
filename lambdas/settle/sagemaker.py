"""Pipeline executions, packages and endpoints in SageMaker, and the fleet's autoscaling."""

from __future__ import annotations

from typing import Any

from core.contracts.policy import ReleasePolicy
from core.contracts.release import Release
from core.names import VARIANT, TeamNames
from core.remediation.promotion import Endpoint
from core.remediation.run import Execution, Registered
from core.remediation.statuses import ended
from lambdas.calls import Calls
from lambdas.endpoints import describe_endpoint
from lambdas.failures import NotThere
from lambdas.objects import Objects
from lambdas.settle.jobs import jobs_of
from lambdas.settle.ports import Artifacts

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
METRIC = "SageMakerVariantInvocationsPerInstance"
SCALE_IN_COOLDOWN_S = 300
SCALE_OUT_COOLDOWN_S = 60


class SageMakerRuns:
    """`lambdas.settle.ports.Runs`."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls, self._client = calls, client

    def execution(self, arn: str) -> Execution | None:
        try:
            answer = self._calls.ask(self._client.describe_pipeline_execution, PipelineExecutionArn=arn)
            steps = self._calls.ask(
                self._client.list_pipeline_execution_steps, PipelineExecutionArn=arn, MaxResults=100
            )["PipelineExecutionSteps"]
        except NotThere:
            return None
        metadata = [step.get("Metadata", {}) for step in steps]
        gates = [each["Fail"].get("ErrorMessage", "") for each in metadata if "Fail" in each]
        packages = [each["RegisterModel"]["Arn"] for each in metadata if "RegisterModel" in each]
        failures = [f"{step['StepName']}: {step['FailureReason']}" for step in steps if step.get("FailureReason")]
        return Execution(
            arn=arn,
            status=answer["PipelineExecutionStatus"],
            failure=failures[0] if failures else answer.get("FailureReason", ""),
            gate=gates[0] if gates else None,
            package=self._registered(packages[0]) if packages else None,
            jobs=jobs_of(self._calls, self._client, steps) if ended(answer["PipelineExecutionStatus"]) else None,
        )

    def approval(self, package_arn: str) -> str | None:
        try:
            answer = self._calls.ask(self._client.describe_model_package, ModelPackageName=package_arn)
        except NotThere:
            return None
        return str(answer.get("ModelApprovalStatus", ""))

    def artifacts(self, package_arn: str) -> Artifacts:
        answer = self._calls.ask(self._client.describe_model_package, ModelPackageName=package_arn)
        metrics = answer.get("ModelMetrics", {})
        baseline = metrics.get("ModelDataQuality", {}).get("Statistics", {}).get("S3Uri", "")
        return Artifacts(
            model_uri=answer["InferenceSpecification"]["Containers"][0]["ModelDataUrl"],
            baseline_uri=f"{baseline.rpartition('/')[0]}/",
            evaluation_uri=metrics.get("ModelQuality", {}).get("Statistics", {}).get("S3Uri", ""),
        )

    def _registered(self, arn: str) -> Registered | None:
        approval = self.approval(arn)
        return None if approval is None else Registered(arn, int(arn.rpartition("/")[2]), approval)


class SageMakerEndpoints:
    """`lambdas.settle.ports.Endpoints`."""

    def __init__(self, calls: Calls, sagemaker: Any, autoscaling: Any, models: Objects, team: TeamNames) -> None:
        self._calls, self._sagemaker, self._autoscaling = calls, sagemaker, autoscaling
        self._models, self._team = models, team

    def endpoint(self, name: str) -> Endpoint | None:
        return describe_endpoint(self._calls, self._sagemaker, name)

    def scale(self, endpoint: str, policy: ReleasePolicy) -> None:
        target = {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/{endpoint}/variant/{VARIANT}",
            "ScalableDimension": DIMENSION,
        }
        self._calls.ask(
            self._autoscaling.register_scalable_target,
            **target,
            MinCapacity=policy.minimum_instances,
            MaxCapacity=policy.maximum_instances,
        )
        self._calls.ask(
            self._autoscaling.put_scaling_policy,
            **target,
            PolicyName=f"{endpoint}-invocations",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": float(policy.invocations_per_instance),
                "PredefinedMetricSpecification": {"PredefinedMetricType": METRIC},
                "ScaleInCooldown": SCALE_IN_COOLDOWN_S,
                "ScaleOutCooldown": SCALE_OUT_COOLDOWN_S,
            },
        )

    def write_release(self, model: str, release: Release) -> None:
        self._models.put(self._team.model(model).release_key, release.to_json())
