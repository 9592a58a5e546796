"""What settling reads from SageMaker, and what it sets up: botocore's own model checks every request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from core.contracts.release import Release
from core.names import VARIANT
from core.remediation.run import Execution, Registered
from lambdas.objects import Objects
from lambdas.settle.ports import Artifacts
from lambdas.settle.sagemaker import SageMakerEndpoints, SageMakerRuns
from tests.lambdas.aws import PLENTY, account, make_bucket
from tests.lambdas.world import MODEL, NAMES, POLICY, TEAM

PACKAGE = "arn:aws:sagemaker:us-east-1:111122223333:model-package/demo-dev-progression/3"
RUN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/demo-dev-progression-training/execution/abcdefghijkl"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with account(monkeypatch) as clients:
        yield clients


def stubbed(service: str) -> tuple[Any, Stubber]:
    client = boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    return client, Stubber(client)


def execution(status: str, steps: list[dict[str, Any]], package: dict[str, Any] | None = None) -> Execution | None:
    client, stub = stubbed("sagemaker")
    described = {"PipelineExecutionArn": RUN, "PipelineExecutionStatus": status, "FailureReason": "a step failed"}
    stub.add_response("describe_pipeline_execution", described, {"PipelineExecutionArn": RUN})
    stub.add_response("list_pipeline_execution_steps", {"PipelineExecutionSteps": steps})
    if package is not None:
        stub.add_response("describe_model_package", package)
    with stub:
        found = SageMakerRuns(PLENTY, client).execution(RUN)
        stub.assert_no_pending_responses()
    return found


def package(approval: str) -> dict[str, Any]:
    at = "s3://models/progression/artifacts/x"
    return {
        "ModelPackageName": "demo-dev-progression/3",
        "ModelPackageArn": PACKAGE,
        "CreationTime": AT,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        "ModelApprovalStatus": approval,
        "InferenceSpecification": {"Containers": [{"Image": "image", "ModelDataUrl": f"{at}/model/model.tar.gz"}]},
        "ModelMetrics": {
            "ModelDataQuality": {
                "Statistics": {"ContentType": "application/json", "S3Uri": f"{at}/baseline/statistics.json"},
                "Constraints": {"ContentType": "application/json", "S3Uri": f"{at}/baseline/constraints.json"},
            },
            "ModelQuality": {
                "Statistics": {"ContentType": "application/json", "S3Uri": f"{at}/evaluation/evaluation.json"}
            },
        },
    }


def test_a_run_that_registered_is_read_with_its_package() -> None:
    steps = [{"StepName": "Register", "StepStatus": "Succeeded", "Metadata": {"RegisterModel": {"Arn": PACKAGE}}}]
    found = execution("Succeeded", steps, package("PendingManualApproval"))
    assert found is not None
    assert (found.status, found.package) == ("Succeeded", Registered(PACKAGE, 3, "PendingManualApproval"))


def test_a_gate_is_told_from_a_failure() -> None:
    steps = [
        {"StepName": "NotBetter", "StepStatus": "Failed", "Metadata": {"Fail": {"ErrorMessage": "0.70 against 0.71"}}}
    ]
    found = execution("Failed", steps)
    assert found is not None
    assert found.gate == "0.70 against 0.71"


def test_a_failure_names_its_step() -> None:
    steps = [
        {"StepName": "Prepare", "StepStatus": "Succeeded", "Metadata": {}},
        {"StepName": "Train", "StepStatus": "Failed", "FailureReason": "out of memory"},
    ]
    found = execution("Failed", steps)
    assert found is not None
    assert (found.gate, found.package, found.failure) == (None, None, "Train: out of memory")


def test_an_execution_that_does_not_exist_is_none() -> None:
    client, stub = stubbed("sagemaker")
    stub.add_client_error("describe_pipeline_execution", "ResourceNotFound", "Pipeline execution does not exist.", 400)
    with stub:
        assert SageMakerRuns(PLENTY, client).execution(RUN) is None


def test_the_artifacts_of_a_package_are_found() -> None:
    client, stub = stubbed("sagemaker")
    stub.add_response("describe_model_package", package("Approved"), {"ModelPackageName": PACKAGE})
    at = "s3://models/progression/artifacts/x"
    with stub:
        assert SageMakerRuns(PLENTY, client).artifacts(PACKAGE) == Artifacts(
            f"{at}/model/model.tar.gz", f"{at}/baseline/", f"{at}/evaluation/evaluation.json"
        )


def test_a_package_that_was_deleted_has_no_approval() -> None:
    client, stub = stubbed("sagemaker")
    stub.add_client_error("describe_model_package", "ValidationException", "ModelPackage x does not exist.", 400)
    with stub:
        assert SageMakerRuns(PLENTY, client).approval(PACKAGE) is None


def test_a_fleet_follows_its_load_between_its_bounds() -> None:
    client, stub = stubbed("application-autoscaling")
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{NAMES.endpoint}/variant/{VARIANT}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    stub.add_response("register_scalable_target", {}, {**target, "MinCapacity": 1, "MaxCapacity": 3})
    tracking = {
        "TargetValue": 500.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "ScaleInCooldown": 300,
        "ScaleOutCooldown": 60,
    }
    stub.add_response(
        "put_scaling_policy",
        {"PolicyARN": "arn"},
        {
            **target,
            "PolicyName": f"{NAMES.endpoint}-invocations",
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": tracking,
        },
    )
    with stub:
        SageMakerEndpoints(PLENTY, None, client, Objects(PLENTY, None, "models"), TEAM).scale(
            NAMES.endpoint, POLICY.release
        )
        stub.assert_no_pending_responses()


def test_the_release_is_written_where_everyone_looks(clients: Any) -> None:
    s3 = clients("s3")
    models = Objects(PLENTY, s3, make_bucket(s3, "models"))
    release = Release(NAMES.endpoint, "c", PACKAGE, "m", "b/", "e", AT.isoformat())
    SageMakerEndpoints(PLENTY, None, None, models, TEAM).write_release(MODEL, release)
    stored = s3.get_object(Bucket=models.bucket, Key=NAMES.release_key)["Body"].read()
    assert Release.from_json(stored) == release
