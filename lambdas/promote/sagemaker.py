"""Model packages, models, endpoint configs and endpoints in SageMaker."""

from __future__ import annotations

import json
from typing import Any

from core.contracts.evaluation import Evaluation
from core.contracts.policy import ReleasePolicy
from core.names import ModelNames
from core.remediation.promotion import Deploy, Endpoint, Package
from lambdas.calls import Calls
from lambdas.endpoints import describe_endpoint
from lambdas.failures import NotThere, Refused
from lambdas.objects import Objects, TooLarge
from lambdas.promote.requests import Wiring, config_request, deployment_config, model_request


class SageMakerRegistry:
    """`lambdas.promote.ports.Registry`; evaluations are read from the models bucket and from nowhere else."""

    def __init__(self, calls: Calls, client: Any, models: Objects) -> None:
        self._calls, self._client, self._models = calls, client, models

    def package(self, arn: str) -> Package:
        answer = self._calls.ask(self._client.describe_model_package, ModelPackageName=arn)
        metrics = answer.get("ModelMetrics", {})
        uri = metrics.get("ModelQuality", {}).get("Statistics", {}).get("S3Uri", "")
        return Package(
            arn=answer["ModelPackageArn"],
            group=answer["ModelPackageGroupName"],
            version=int(answer["ModelPackageVersion"]),
            status=answer["ModelPackageStatus"],
            approval=answer.get("ModelApprovalStatus", ""),
            episode=answer.get("CustomerMetadataProperties", {}).get("episode", ""),
            evaluation=self._evaluation(uri),
        )

    def newest_approved(self, group: str) -> str | None:
        try:
            answer = self._calls.ask(
                self._client.list_model_packages,
                ModelPackageGroupName=group,
                ModelApprovalStatus="Approved",
                SortBy="CreationTime",
                SortOrder="Descending",
                MaxResults=1,
            )
        except NotThere:
            return None
        packages = answer["ModelPackageSummaryList"]
        return str(packages[0]["ModelPackageArn"]) if packages else None

    def _evaluation(self, uri: str) -> Evaluation | None:
        """None where the URI is not in the models bucket, or nothing that can be read lies there."""
        prefix = f"s3://{self._models.bucket}/"
        if not uri.startswith(prefix):
            return None
        try:
            text = self._models.get(uri.removeprefix(prefix))
            return None if text is None else Evaluation.from_json(text)
        except (TooLarge, json.JSONDecodeError, UnicodeDecodeError, TypeError):
            return None


class SageMakerEndpoints:
    """`lambdas.promote.ports.Endpoints`."""

    def __init__(self, calls: Calls, client: Any, wiring: Wiring) -> None:
        self._calls, self._client, self._wiring = calls, client, wiring

    def endpoint(self, name: str) -> Endpoint | None:
        return describe_endpoint(self._calls, self._client, name)

    def prepare(self, names: ModelNames, release: str, package_arn: str, instances: int, policy: ReleasePolicy) -> None:
        sagemaker = self._client
        model = model_request(release, package_arn, policy, self._wiring)
        self._unless_there(sagemaker.create_model, model, sagemaker.describe_model, ModelName=release)
        config = config_request(names, release, instances, policy, self._wiring)
        self._unless_there(
            sagemaker.create_endpoint_config, config, sagemaker.describe_endpoint_config, EndpointConfigName=release
        )

    def deploy(self, endpoint: str, release: str, how: Deploy, policy: ReleasePolicy) -> None:
        target = {"EndpointName": endpoint, "EndpointConfigName": release}
        if how.create:
            self._calls.ask(self._client.create_endpoint, **target, **self._wiring.tagged)
            return
        guard = deployment_config(how, policy)
        self._calls.ask(self._client.update_endpoint, **target, DeploymentConfig=guard)

    def _unless_there(self, create: Any, request: dict[str, Any], describe: Any, **name: str) -> None:
        """Names are made from the version, so what exists under one was made by an earlier delivery."""
        try:
            self._calls.ask(create, **request)
        except Refused as refusal:
            try:
                self._calls.ask(describe, **name)
            except NotThere:
                raise refusal from None
