"""A step that registers a model package, with everything that the release path reads from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join
from sagemaker.mlops.workflow.steps import ConfigurableRetryStep, Step, StepTypeEnum

from core.contracts import evaluation, images, stages
from core.contracts.parameters import TrainingParameters
from core.contracts.reports import CONSTRAINTS, STATISTICS
from pipelines.setting import Setting


class RegisterPackage(ConfigurableRetryStep):  # type: ignore[misc]
    """RegisterModel with a plain CreateModelPackage request.

    The SDK's own way, `ModelBuilder.register`, adds variables of its serving toolkits to the container, which this
    platform's containers do not have, and cannot set `CustomerMetadataProperties`.
    """

    def __init__(self, name: str, request: dict[str, Any], depends_on: Sequence[Step] = ()) -> None:
        super().__init__(name, StepTypeEnum.REGISTER_MODEL, depends_on=list(depends_on))
        self._request = request

    @property
    def arguments(self) -> dict[str, Any]:
        return self._request

    @property
    def properties(self) -> Any:
        raise AttributeError("nothing follows a registration, so nothing refers to its properties")


def package(setting: Setting, model_uri: Any) -> dict[str, Any]:
    """CreateModelPackage's request: what the release path reads of a model that was found better."""

    def metric(folder: str, file: str) -> dict[str, Any]:
        return {"ContentType": "application/json", "S3Uri": Join(on="/", values=[setting.folder(folder), file])}

    approved = setting.model.releasing.approval == "automatic"
    return {
        "ModelPackageGroupName": setting.names.package_group,
        "ModelApprovalStatus": "Approved" if approved else "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [{"Image": setting.image_uris[images.SERVE.name], "ModelDataUrl": model_uri}],
            "SupportedContentTypes": ["text/csv", "application/json"],
            "SupportedResponseMIMETypes": ["text/csv", "application/json"],
            "SupportedRealtimeInferenceInstanceTypes": [setting.model.serving.instance_type],
            "SupportedTransformInstanceTypes": [setting.model.serving.instance_type],
        },
        "ModelMetrics": {
            "ModelDataQuality": {
                "Statistics": metric(stages.BASELINE, STATISTICS),
                "Constraints": metric(stages.BASELINE, CONSTRAINTS),
            },
            "ModelQuality": {"Statistics": metric(stages.EVALUATION, evaluation.FILE)},
        },
        "CustomerMetadataProperties": {
            "episode": setting.parameters[TrainingParameters.parameter("episode")],
            "execution": ExecutionVariables.PIPELINE_EXECUTION_ARN,
        },
    }
