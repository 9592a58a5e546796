"""What batch scoring asks of SageMaker and S3: botocore's own model checks every request."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from core.contracts.batch import answers_prefix, job_name, judge_name, monitor_name
from core.contracts.environment import BatchEnvironment, BatchMonitorEnvironment
from lambdas.batch.aws import CloudWatchMetrics, EventBridgeSchedules, S3Rows
from lambdas.batch.handler import connect, handler
from lambdas.batch.ports import Schedule, Transform
from lambdas.batch.requests import Wiring, judge_request, monitor_request, transform_request
from lambdas.batch.sagemaker import SageMakerJobs
from lambdas.failures import Conflicting
from tests.lambdas.aws import PLENTY, Context, account, make_bucket, make_ledger, make_policy
from tests.lambdas.batches import DAILY
from tests.lambdas.world import HOME, MODEL, NAMES, TEAM

DUE = datetime(2026, 11, 20, 9, 17, tzinfo=UTC)
KEY = f"arn:aws:kms:{HOME.region}:{HOME.account}:key/1234abcd"
ENVIRONMENT = BatchEnvironment(
    team="demo",
    environment="dev",
    account=HOME.account,
    region=HOME.region,
    cost_center="4711",
    monitor_role_arn=f"arn:aws:iam::{HOME.account}:role/demo-dev-monitor",
    image_uri=f"{HOME.account}.dkr.ecr.{HOME.region}.amazonaws.com/demo-dev/process:abc",
    subnet_ids="subnet-1,subnet-2",
    security_group_ids="sg-1",
    key_arn=KEY,
)
WIRING = Wiring(ENVIRONMENT)
MADE = DUE.replace(second=5, microsecond=700_000)
DONE = Transform(job_name(NAMES, DUE), "Completed", MADE, MADE + timedelta(minutes=3))


def sagemaker() -> tuple[SageMakerJobs, Stubber]:
    client = boto3.client("sagemaker", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    return SageMakerJobs(PLENTY, client, WIRING), Stubber(client)


def test_a_transform_job_is_private_encrypted_captured_and_the_teams_own() -> None:
    request = transform_request(NAMES, "demo-dev-progression-v7", DUE, DAILY, WIRING)
    data, captured = (TEAM.bucket(purpose, HOME.account, HOME.region) for purpose in ("data", "capture"))
    output, resources = request["TransformOutput"], request["TransformResources"]
    assert output["S3OutputPath"] == f"s3://{data}/{answers_prefix(NAMES, request['TransformJobName'])}"
    assert output["KmsKeyId"] == resources["VolumeKmsKeyId"] == request["DataCaptureConfig"]["KmsKeyId"] == KEY
    assert request["DataCaptureConfig"]["GenerateInferenceId"] is True
    assert request["DataCaptureConfig"]["DestinationS3Uri"] == f"s3://{captured}/{NAMES.batch_prefix}"
    assert {"Key": "homeostat", "Value": TEAM.prefix} in request["Tags"]
    jobs, stub = sagemaker()
    stub.add_response("create_transform_job", {"TransformJobArn": "arn:aws:sagemaker:x"}, request)
    with stub:
        jobs.score(NAMES, "demo-dev-progression-v7", DUE, DAILY)
        stub.assert_no_pending_responses()


def test_the_monitors_run_is_asked_for_as_its_own_schedule_does() -> None:
    request = monitor_request(NAMES, DONE, DUE, DAILY, WIRING)
    assert request["ProcessingJobName"] == monitor_name(NAMES, DUE)
    window = BatchMonitorEnvironment.read(request["Environment"])
    assert (window.transform_job, window.due_at) == (DONE.name, DUE.isoformat())
    end = datetime.fromisoformat(window.scheduled_at)
    assert end - timedelta(seconds=window.window_s) == MADE.replace(microsecond=0), "its rows tell whole seconds"
    assert DONE.ended is not None
    assert end > DONE.ended
    jobs, stub = sagemaker()
    stub.add_response("create_processing_job", {"ProcessingJobArn": "arn:aws:sagemaker:x"}, request)
    stub.add_client_error("create_processing_job", "ResourceInUse", "Job name must be unique", 400)
    with stub:
        jobs.watch(NAMES, DONE, DUE, DAILY)
        with pytest.raises(Conflicting):
            jobs.watch(NAMES, DONE, DUE, DAILY)


def test_a_job_that_does_not_exist_is_none() -> None:
    jobs, stub = sagemaker()
    words = "Could not find requested job with name: x"
    stub.add_client_error("describe_transform_job", "ValidationException", words, 400)
    with stub:
        assert jobs.transform("x") is None


def test_a_look_for_late_labels_that_failed_is_asked_for_again_under_another_name_alone() -> None:
    late = replace(DAILY, labels_s=24 * 3600)
    first, second = (judge_request(NAMES, DONE, DUE, late, WIRING, attempt) for attempt in (1, 2))
    assert second == {**first, "ProcessingJobName": judge_name(NAMES, DUE, 2)}
    assert first["ProcessingJobName"] == judge_name(NAMES, DUE) != second["ProcessingJobName"]
    jobs, stub = sagemaker()
    stub.add_response("create_processing_job", {"ProcessingJobArn": "arn:aws:sagemaker:x"}, second)
    with stub:
        jobs.judge(NAMES, DONE, DUE, late, 2)
        stub.assert_no_pending_responses()


def test_listed_are_the_jobs_of_the_schedule_alone_on_all_pages() -> None:
    """SageMaker finds a text anywhere in a name, in small letters and capital ones."""
    jobs, stub = sagemaker()
    asked = {
        "NameContains": NAMES.batch_jobs,
        "CreationTimeAfter": MADE - timedelta(days=1),
        "CreationTimeBefore": MADE,
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "MaxResults": 100,
    }
    rest = {"TransformJobArn": "arn:aws:sagemaker:x", "CreationTime": MADE, "TransformJobStatus": "InProgress"}
    others = [{"TransformJobName": f"{team}-{DONE.name}", **rest} for team in ("other", "the-other")]
    stub.add_response("list_transform_jobs", {"TransformJobSummaries": others, "NextToken": "more"}, asked)
    ours = {"TransformJobSummaries": [{"TransformJobName": DONE.name, **rest}]}
    stub.add_response("list_transform_jobs", ours, {**asked, "NextToken": "more"})
    with stub:
        found = jobs.made(NAMES.batch_jobs, MADE - timedelta(days=1), MADE)
    assert found == (Transform(DONE.name, "InProgress", MADE, None),)


def test_listed_are_the_runs_over_the_models_batches_alone() -> None:
    jobs, stub = sagemaker()
    name = judge_name(NAMES, DUE)
    asked = {"NameContains": f"{NAMES.monitor_runs}l", "CreationTimeAfter": MADE, "SortBy": "CreationTime"}
    rest = {"ProcessingJobArn": "arn:aws:sagemaker:x", "CreationTime": MADE, "ProcessingJobStatus": "Failed"}
    listed = [{"ProcessingJobName": found, **rest} for found in (name, f"other-{name}")]
    paging = {"SortOrder": "Descending", "MaxResults": 100}
    stub.add_response("list_processing_jobs", {"ProcessingJobSummaries": listed}, {**asked, **paging})
    with stub:
        assert jobs.runs(f"{NAMES.monitor_runs}l", MADE) == {name: "Failed"}


def test_signs_are_the_minutes_for_which_rows_were_told() -> None:
    client = boto3.client("cloudwatch", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    stub, (start, end) = Stubber(client), (DUE - timedelta(days=2), DUE + timedelta(minutes=1))
    metric = {
        "Namespace": "Homeostat",
        "MetricName": "rows",
        "Dimensions": [{"Name": "MonitoringSchedule", "Value": NAMES.batch}],
    }
    query = {"Id": "signs", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "SampleCount"}}
    asked = {"MetricDataQueries": [query], "StartTime": start, "EndTime": end}
    found = {"Id": "signs", "Timestamps": [DUE], "Values": [1.0], "StatusCode": "Complete"}
    stub.add_response("get_metric_data", {"MetricDataResults": [found]}, asked)
    with stub:
        assert CloudWatchMetrics(PLENTY, client).signs(NAMES.batch, start, end) == {DUE}


@pytest.mark.parametrize(
    ("expression", "state", "hours"),
    [
        ("rate(1 hour)", "ENABLED", 1),
        ("rate(24 hours)", "ENABLED", 24),
        ("rate(1 hour)", "DISABLED", None),
        ("cron(17 * * * ? *)", "ENABLED", None),
    ],
)
def test_a_schedule_says_how_often_and_since_when(expression: str, state: str, hours: int | None) -> None:
    client = boto3.client("scheduler", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    stub = Stubber(client)
    answer = {"ScheduleExpression": expression, "State": state, "LastModificationDate": MADE}
    stub.add_response("get_schedule", answer, {"Name": NAMES.batch})
    stub.add_client_error("get_schedule", "ResourceNotFoundException", "Schedule x does not exist.", 404)
    with stub:
        found = EventBridgeSchedules(PLENTY, client).find(NAMES.batch)
        assert found == (None if hours is None else Schedule(timedelta(hours=hours), MADE))
        assert EventBridgeSchedules(PLENTY, client).find(NAMES.batch) is None


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Any:
    with account(monkeypatch) as made:
        yield made


def test_folders_of_the_console_are_no_rows(clients: Any) -> None:
    s3 = clients("s3")
    bucket = make_bucket(s3, "data")
    s3.put_object(Bucket=bucket, Key="progression/batch/rows/", Body=b"")
    rows = S3Rows(PLENTY, s3, bucket)
    assert not rows.any("progression/batch/rows/")
    s3.put_object(Bucket=bucket, Key="progression/batch/rows/deep/a.csv", Body=b"1\n")
    assert rows.any("progression/batch/rows/")


def test_the_handler_reads_the_teams_own_and_quarantines_the_rest(
    clients: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_ledger(clients("dynamodb"))
    make_policy(clients("ssm"))
    for name, value in ENVIRONMENT.variables().items():
        monkeypatch.setenv(name, value)
    ports = connect(ENVIRONMENT, PLENTY)
    assert list(ports.policies) == [MODEL]
    batch = {"Records": [{"messageId": "1", "body": json.dumps({"source": "nobody"})}]}
    assert handler(batch, Context()) == {"batchItemFailures": []}
