"""What settling reads from SageMaker, and what it sets up: botocore's own model checks every request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.stub import Stubber

from core.contracts.release import Release
from core.names import VARIANT
from core.remediation.billing import Job
from core.remediation.run import Execution, Registered
from lambdas.objects import Objects
from lambdas.settle.jobs import jobs_of
from lambdas.settle.ports import Artifacts
from lambdas.settle.sagemaker import SageMakerEndpoints, SageMakerRuns
from lambdas.settle.standing import SsmStandings
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


STATUSES = botocore.session.get_session().get_service_model("sagemaker").shape_for("EndpointStatus").enum
GONE = {"Creating", "Deleting", "Failed"}


def told(before: str | None, status: str | None) -> str | None:
    """What the parameter says after a look at an endpoint in this status; None where nothing was written."""
    ssm, parameters = stubbed("ssm")
    sagemaker, endpoints = stubbed("sagemaker")
    name = {"Name": NAMES.standing_parameter}
    written: list[str] = []
    if before is None:
        parameters.add_client_error("get_parameter", "ParameterNotFound", "", 400)
    else:
        parameters.add_response("get_parameter", {"Parameter": {"Value": before}}, name)
    if status is None:
        endpoints.add_client_error("describe_endpoint", "ValidationException", "Could not find endpoint", 400)
    else:
        described = {"EndpointName": "e", "EndpointArn": "a" * 20, "CreationTime": AT, "LastModifiedTime": AT}
        endpoints.add_response("describe_endpoint", {**described, "EndpointStatus": status})
    ssm.meta.events.register(
        "provide-client-params.ssm.PutParameter", lambda params, **_: written.append(params["Value"])
    )
    parameters.add_response("put_parameter", {"Version": 2})
    with parameters, endpoints:
        SsmStandings(PLENTY, sagemaker, ssm, TEAM).keep(MODEL)
    return written[0] if written else None


@pytest.mark.parametrize("status", [None, *STATUSES])
def test_deployments_are_told_whether_the_endpoint_stands(status: str | None) -> None:
    now = "no" if status is None or status in GONE else "yes"
    assert told("maybe", status) == now
    assert told(now, status) is None, "nothing new is not told"


def test_nobody_is_told_where_no_stack_asks() -> None:
    assert told(None, "InService") is None


def step(name: str, kind: str = "", attempts: int = 1) -> dict[str, Any]:
    """A step with a job named after it."""
    job = f"arn:aws:sagemaker:us-east-1:111122223333:{kind.lower()}-job/pipelines-abc-{name}"
    metadata = {f"{kind}Job": {"Arn": job}} if kind else {}
    return {"StepName": name, "StepStatus": "Succeeded", "AttemptCount": attempts, "Metadata": metadata}


def training(billable: int | None = 600, **resources: Any) -> dict[str, Any]:
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 30, **resources}
    found: dict[str, Any] = {"TrainingJobName": "pipelines-abc-Train", "TrainingJobArn": "arn" * 10}
    found |= {"ModelArtifacts": {"S3ModelArtifacts": "s3://m"}, "TrainingJobStatus": "Completed"}
    found |= {"SecondaryStatus": "Completed", "AlgorithmSpecification": {"TrainingInputMode": "File"}}
    found |= {"ResourceConfig": cluster, "StoppingCondition": {}, "CreationTime": AT}
    return {**found, **({} if billable is None else {"BillableTimeInSeconds": billable})}


def processing(begun: datetime | None, ended: datetime | None) -> dict[str, Any]:
    times = {"ProcessingStartTime": begun, "ProcessingEndTime": ended}
    cluster = {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
    return {
        "ProcessingJobName": "pipelines-abc-Gate",
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": "image"},
        "ProcessingJobArn": "arn" * 10,
        "ProcessingJobStatus": "Completed",
        "CreationTime": AT,
        **{name: time for name, time in times.items() if time is not None},
    }


def jobs(steps: list[dict[str, Any]], *answers: tuple[str, dict[str, Any]]) -> tuple[Job, ...] | None:
    client, stub = stubbed("sagemaker")
    for operation, answer in answers:
        stub.add_response(operation, answer)
    with stub:
        found = jobs_of(PLENTY, client, steps)
        stub.assert_no_pending_responses()
    return found


def test_the_jobs_of_a_run_are_read_with_what_they_are_billed_for() -> None:
    steps = [step("Train", "Training"), step("Gate", "Processing"), step("IsBetter")]
    found = jobs(
        steps,
        ("describe_training_job", training()),
        ("describe_processing_job", processing(AT, AT + timedelta(seconds=90))),
    )
    assert found == (Job("ml.m5.large", 2, 600.0), Job("ml.c5.xlarge", 1, 90.0))


def test_a_job_that_never_began_to_work_took_nothing() -> None:
    found = jobs([step("Gate", "Processing")], ("describe_processing_job", processing(None, AT)))
    assert found == (Job("ml.c5.xlarge", 1, 0.0),)


@pytest.mark.parametrize(
    ("steps", "answers"),
    [
        ([step("Train", "Training", attempts=2)], []),
        ([step("Train", "Training")], [("describe_training_job", training(billable=None))]),
        ([step("Gate", "Processing")], [("describe_processing_job", processing(AT, None))]),
    ],
)
def test_what_is_not_known_in_full_is_not_known(
    steps: list[dict[str, Any]], answers: list[tuple[str, dict[str, Any]]]
) -> None:
    """A step that was tried again shows its last job only; a job that still works has no end."""
    assert jobs(steps, *answers) is None


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "ValidationException"])
def test_a_job_that_cannot_be_looked_at_keeps_no_run_from_being_settled(code: str) -> None:
    client, stub = stubbed("sagemaker")
    stub.add_client_error("describe_training_job", code, "no")
    with stub:
        assert jobs_of(PLENTY, client, [step("Train", "Training")]) is None


def test_jobs_are_looked_at_when_the_run_is_over() -> None:
    under_way = execution("Executing", [step("Train", "Training")])
    assert under_way is not None
    assert under_way.jobs is None
