"""What a promotion asks of SageMaker: botocore's own model checks every request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from core.contracts import explanations
from core.contracts.instances import has_local_storage
from core.contracts.policy import ReleasePolicy
from core.names import VARIANT
from core.remediation.promotion import Deploy, Endpoint
from lambdas.failures import NotThere, Refused
from lambdas.objects import Objects
from lambdas.promote.requests import Wiring, config_request, deployment_config
from lambdas.promote.sagemaker import SageMakerEndpoints, SageMakerRegistry
from tests.lambdas.aws import PLENTY, account, make_bucket
from tests.lambdas.world import BETTER, NAMES, POLICY

WIRING = Wiring(
    role_arn="arn:aws:iam::111122223333:role/demo-dev-serving",
    subnets=("subnet-0a1b2c3d", "subnet-1a2b3c4d"),
    security_groups=("sg-0a1b2c3d",),
    key_arn="arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    capture_bucket="demo-dev-capture-111122223333-us-east-1",
    tags={"team": "demo", "homeostat": "demo-dev"},
)
SERVED = {explanations.ROWS: "100", explanations.BY: "permutation"}
TAGS = [{"Key": "team", "Value": "demo"}, {"Key": "homeostat", "Value": "demo-dev"}]
PACKAGE = "arn:aws:sagemaker:us-east-1:111122223333:model-package/demo-dev-progression/3"
RELEASE = "demo-dev-progression-v3"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with account(monkeypatch) as clients:
        yield clients


def sagemaker() -> tuple[Any, Stubber]:
    client = boto3.client("sagemaker", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    return client, Stubber(client)


def endpoint_answer(status: str = "InService") -> dict[str, Any]:
    return {
        "EndpointName": NAMES.endpoint,
        "EndpointArn": f"arn:aws:sagemaker:us-east-1:111122223333:endpoint/{NAMES.endpoint}",
        "EndpointConfigName": "demo-dev-progression-v2",
        "ProductionVariants": [{"VariantName": VARIANT, "DesiredInstanceCount": 2}],
        "EndpointStatus": status,
        "CreationTime": AT,
        "LastModifiedTime": AT,
    }


def test_a_model_is_private_and_isolated_and_its_config_encrypted_and_captured() -> None:
    client, stub = sagemaker()
    stub.add_response(
        "create_model",
        {"ModelArn": "arn:aws:sagemaker:us-east-1:111122223333:model/x"},
        {
            "ModelName": RELEASE,
            "ExecutionRoleArn": WIRING.role_arn,
            "PrimaryContainer": {"ModelPackageName": PACKAGE, "Environment": SERVED},
            "EnableNetworkIsolation": True,
            "VpcConfig": {"Subnets": list(WIRING.subnets), "SecurityGroupIds": list(WIRING.security_groups)},
            "Tags": TAGS,
        },
    )
    stub.add_response(
        "create_endpoint_config",
        {"EndpointConfigArn": "arn:aws:sagemaker:us-east-1:111122223333:endpoint-config/x"},
        {
            "EndpointConfigName": RELEASE,
            "KmsKeyId": WIRING.key_arn,
            "DataCaptureConfig": ANY,
            "ProductionVariants": [
                {
                    "VariantName": VARIANT,
                    "ModelName": RELEASE,
                    "InitialInstanceCount": 2,
                    "InstanceType": "ml.m5.large",
                    "InitialVariantWeight": 1.0,
                }
            ],
            "Tags": TAGS,
        },
    )
    with stub:
        SageMakerEndpoints(PLENTY, client, WIRING).prepare(NAMES, RELEASE, PACKAGE, 2, POLICY.release)
        stub.assert_no_pending_responses()


def test_a_new_endpoint_says_whose_it_is() -> None:
    client, stub = sagemaker()
    stub.add_response(
        "create_endpoint",
        {"EndpointArn": f"arn:aws:sagemaker:us-east-1:111122223333:endpoint/{NAMES.endpoint}"},
        {"EndpointName": NAMES.endpoint, "EndpointConfigName": RELEASE, "Tags": TAGS},
    )
    with stub:
        how = Deploy(create=True, instances=1, canary=False)
        SageMakerEndpoints(PLENTY, client, WIRING).deploy(NAMES.endpoint, RELEASE, how, POLICY.release)
        stub.assert_no_pending_responses()


def test_requests_are_captured_where_the_monitor_looks() -> None:
    capture = config_request(NAMES, RELEASE, 1, POLICY.release, WIRING)["DataCaptureConfig"]
    assert capture["DestinationS3Uri"] == f"s3://{WIRING.capture_bucket}/{NAMES.capture_prefix}"
    assert (capture["EnableCapture"], capture["InitialSamplingPercentage"]) == (True, 100)
    assert {option["CaptureMode"] for option in capture["CaptureOptions"]} == {"Input", "Output"}


def test_captured_csv_and_json_is_kept_as_text_that_can_be_read() -> None:
    capture = config_request(NAMES, RELEASE, 1, POLICY.release, WIRING)["DataCaptureConfig"]
    as_text = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}
    assert capture["CaptureContentTypeHeader"] == as_text


@pytest.mark.parametrize(
    ("family", "local"),
    [
        *((family, True) for family in ("m5d", "c6gd", "g5", "g4dn", "p3dn", "p4d", "trn1")),
        *((family, False) for family in ("m5", "c5n", "inf2", "t2", "r5")),
    ],
)
def test_a_disk_that_its_hardware_encrypts_takes_no_key(family: str, local: bool) -> None:
    policy = ReleasePolicy(instance_type=f"ml.{family}.xlarge")
    assert has_local_storage(policy.instance_type) is local
    assert ("KmsKeyId" in config_request(NAMES, RELEASE, 1, policy, WIRING)) is not local


def test_what_an_earlier_delivery_made_is_left_as_it_is() -> None:
    client, stub = sagemaker()
    for kind, described in (("model", "ModelName"), ("endpoint_config", "EndpointConfigName")):
        stub.add_client_error(f"create_{kind}", "ValidationException", f"Cannot create already existing {kind}", 400)
        answer: dict[str, Any] = {described: RELEASE, "CreationTime": AT}
        if kind == "model":
            answer |= {"ModelArn": "arn:aws:sagemaker:us-east-1:111122223333:model/x"}
        else:
            config = "arn:aws:sagemaker:us-east-1:111122223333:endpoint-config/x"
            answer |= {"EndpointConfigArn": config, "ProductionVariants": [{"VariantName": VARIANT}]}
        stub.add_response(f"describe_{kind}", answer, {described: RELEASE})
    with stub:
        SageMakerEndpoints(PLENTY, client, WIRING).prepare(NAMES, RELEASE, PACKAGE, 2, POLICY.release)
        stub.assert_no_pending_responses()


def test_a_model_that_is_refused_and_not_there_is_refused() -> None:
    client, stub = sagemaker()
    stub.add_client_error("create_model", "ValidationException", "Could not access model data", 400)
    stub.add_client_error("describe_model", "ValidationException", 'Could not find model "x".', 400)
    with stub, pytest.raises(Refused, match="Could not access model data"):
        SageMakerEndpoints(PLENTY, client, WIRING).prepare(NAMES, RELEASE, PACKAGE, 2, POLICY.release)


@pytest.mark.parametrize("canary", [True, False])
def test_an_update_is_blue_green_and_rolled_back_by_alarms(canary: bool) -> None:
    client, stub = sagemaker()
    how = Deploy(create=False, instances=2, canary=canary)
    guard = deployment_config(how, POLICY.release)
    stub.add_response(
        "update_endpoint",
        {"EndpointArn": f"arn:aws:sagemaker:us-east-1:111122223333:endpoint/{NAMES.endpoint}"},
        {"EndpointName": NAMES.endpoint, "EndpointConfigName": RELEASE, "DeploymentConfig": guard},
    )
    with stub:
        SageMakerEndpoints(PLENTY, client, WIRING).deploy(NAMES.endpoint, RELEASE, how, POLICY.release)
    routing = guard["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == ("CANARY" if canary else "ALL_AT_ONCE")
    assert ("CanarySize" in routing) is canary
    assert guard["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": NAMES.alarm("errors")}]}


def test_the_waits_of_a_deployment_stay_within_what_sagemaker_takes() -> None:
    policy = ReleasePolicy(canary_wait_s=3600, rollback_alarms=())
    guard = deployment_config(Deploy(create=False, instances=2, canary=True), policy)
    waits = guard["BlueGreenUpdatePolicy"]
    assert waits["TerminationWaitInSeconds"] <= 3600
    assert 600 <= waits["MaximumExecutionTimeoutInSeconds"] <= 28800
    assert "AutoRollbackConfiguration" not in guard


def test_an_endpoint_is_described_by_what_decides() -> None:
    client, stub = sagemaker()
    stub.add_response("describe_endpoint", endpoint_answer(), {"EndpointName": NAMES.endpoint})
    stub.add_client_error("describe_endpoint", "ValidationException", 'Could not find endpoint "x".', 400)
    with stub:
        endpoints = SageMakerEndpoints(PLENTY, client, WIRING)
        assert endpoints.endpoint(NAMES.endpoint) == Endpoint(
            status="InService", config="demo-dev-progression-v2", modified=AT.isoformat(), instances=2
        )
        assert endpoints.endpoint(NAMES.endpoint) is None


def package_answer(uri: str) -> dict[str, Any]:
    return {
        "ModelPackageName": "demo-dev-progression/3",
        "ModelPackageGroupName": "demo-dev-progression",
        "ModelPackageVersion": 3,
        "ModelPackageArn": PACKAGE,
        "CreationTime": AT,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        "ModelApprovalStatus": "Approved",
        "CustomerMetadataProperties": {"episode": "ab" * 32, "execution": "x"},
        "ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": uri}}},
    }


@pytest.mark.parametrize(
    ("key", "content", "readable"),
    [
        ("progression/artifacts/x/evaluation/evaluation.json", BETTER.to_json(), True),
        ("progression/artifacts/x/evaluation/evaluation.json", "{", False),
        ("progression/artifacts/x/evaluation/evaluation.json", "[]", False),
        ("progression/artifacts/x/evaluation/evaluation.json", '{"verdict": "BETTER"}', False),
        ("elsewhere.json", BETTER.to_json(), False),
    ],
)
def test_an_evaluation_is_read_from_the_models_bucket_or_not_at_all(
    clients: Any, key: str, content: str, readable: bool
) -> None:
    s3 = clients("s3")
    models = Objects(PLENTY, s3, make_bucket(s3, "models"))
    s3.put_object(Bucket=models.bucket, Key="progression/artifacts/x/evaluation/evaluation.json", Body=content.encode())
    client, stub = sagemaker()
    stub.add_response("describe_model_package", package_answer(f"s3://{models.bucket}/{key}"))
    with stub:
        package = SageMakerRegistry(PLENTY, client, models).package(PACKAGE)
    assert (package.version, package.episode, package.approval) == (3, "ab" * 32, "Approved")
    assert (package.evaluation == BETTER) is readable


def test_an_evaluation_in_another_bucket_is_not_read(clients: Any) -> None:
    s3 = clients("s3")
    s3.create_bucket(Bucket="others")
    s3.put_object(Bucket="others", Key="evaluation.json", Body=BETTER.to_json().encode())
    client, stub = sagemaker()
    stub.add_response("describe_model_package", package_answer("s3://others/evaluation.json"))
    with stub:
        models = Objects(PLENTY, s3, make_bucket(s3, "models"))
        assert SageMakerRegistry(PLENTY, client, models).package(PACKAGE).evaluation is None


def test_the_newest_approved_package_is_asked_for() -> None:
    client, stub = sagemaker()
    expected = {
        "ModelPackageGroupName": NAMES.package_group,
        "ModelApprovalStatus": "Approved",
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "MaxResults": 1,
    }
    summary = {"ModelPackageArn": PACKAGE, "CreationTime": AT, "ModelPackageStatus": "Completed"}
    stub.add_response("list_model_packages", {"ModelPackageSummaryList": [summary]}, expected)
    stub.add_response("list_model_packages", {"ModelPackageSummaryList": []}, expected)
    stub.add_client_error("list_model_packages", "ValidationException", "ModelPackageGroup x does not exist.", 400)
    with stub:
        registry = SageMakerRegistry(PLENTY, client, Objects(PLENTY, None, "models"))
        assert [registry.newest_approved(NAMES.package_group) for _ in range(3)] == [PACKAGE, None, None]


def test_a_package_that_does_not_exist_is_not_there() -> None:
    client, stub = sagemaker()
    stub.add_client_error("describe_model_package", "ValidationException", "ModelPackage x does not exist.", 400)
    with stub, pytest.raises(NotThere):
        SageMakerRegistry(PLENTY, client, Objects(PLENTY, None, "models")).package(PACKAGE)
