"""Rows in, answers out, and the monitor's report of them: the function's own requests on the embedded AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from containers.shell.files import split
from core.contracts.batch import (
    BatchDue,
    BatchEnded,
    BatchPolicy,
    answers_prefix,
    job_name,
    judge_name,
    monitor_name,
)
from core.contracts.batch_metrics import of_batch
from core.contracts.capture import hour_folder
from core.contracts.environment import BatchEnvironment, PrepareEnvironment
from core.contracts.events import SweepDue
from core.contracts.images import PREPARE
from core.contracts.ledger import PARTITION_KEY, SORT_KEY
from core.contracts.metrics import DRIFT, QUALITY_DROP, ROWS, Metric
from core.contracts.policy import ModelPolicy
from core.contracts.reports import BASELINE_DRIFT, BELOW, LATEST, MonitorReport, labels_prefix
from core.names import BUCKETS
from lambdas import calls
from lambdas.batch.handler import connect
from lambdas.batch.hear import hear
from lambdas.calls import Calls
from local.start import EmbeddedAws, eventually
from tests.containers.scored import truths
from tests.containers.world import JOB, NAMES, POLICY, SIGNATURE, bucket, draw, released
from tests.local.conftest import allow, make_role, slow_motion

pytestmark = pytest.mark.slow(takes_s=20)
COUNT = 400
BATCH = BatchPolicy(24 * 3600, "ml.m5.large", 1, 24 * 3600, "rows", "all", True, "ml.m5.large")
IMAGES = f"{JOB.account}.dkr.ecr.{JOB.region}.amazonaws.com/risk-dev"


@dataclass(frozen=True)
class Team:
    """What stands in the account when the first batch is due."""

    aws: EmbeddedAws
    environment: BatchEnvironment

    def asks_for(self, batch: BatchPolicy) -> None:
        """Put the team's file in force."""
        policy = ModelPolicy("churn", SIGNATURE, POLICY, batch=batch).to_json()
        self.aws.client("ssm").put_parameter(Name=NAMES.policy_parameter, Value=policy, Type="String", Overwrite=True)

    def hear(self, body: dict[str, Any]) -> str:
        return str(hear(json.dumps(body), connect(self.environment, Calls(lambda: 60_000))))

    def now(self) -> datetime:
        """The simulated time, as the ledger's answers tell it."""
        answer = self.aws.client("dynamodb").list_tables()
        text = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)

    def ended(self, describe: Callable[..., dict[str, Any]], status: str, **name: str) -> dict[str, Any]:
        for _ in eventually():
            found = describe(**name)
            if found[status] in ("Completed", "Failed", "Stopped"):
                assert found[status] == "Completed", found.get("FailureReason") or found.get("ExitMessage")
                return found
        raise AssertionError(f"{name} is not over")


@pytest.fixture(scope="module")
def placed(aws: EmbeddedAws) -> BatchEnvironment:
    """The small world's buckets, policy and model."""
    memory, _ = released(1500)
    assert memory.release is not None
    s3, sagemaker = aws.client("s3"), aws.client("sagemaker")
    for purpose in BUCKETS:
        s3.create_bucket(Bucket=split(bucket(purpose))[0])
    for uri, content in memory.objects.items():
        s3.put_object(Bucket=split(uri)[0], Key=split(uri)[1], Body=content)
    release = replace(memory.release, endpoint_config="risk-dev-churn-v1", released_at="2020-01-01T00:00:00+00:00")
    s3.put_object(Bucket=split(bucket("models"))[0], Key=NAMES.release_key, Body=release.to_json().encode())
    make_ledger(aws, NAMES.of.ledger)
    owner = make_role(aws, "sagemaker", allow("s3:*", "logs:*", "ssm:*", "cloudwatch:*", "kms:*"))
    container = {"Image": f"{IMAGES}/serve:x", "ModelDataUrl": release.model_uri}
    sagemaker.create_model(ModelName=release.endpoint_config, PrimaryContainer=container, ExecutionRoleArn=owner)
    return _environment(owner, aws.client("kms").create_key()["KeyMetadata"]["Arn"])


@pytest.fixture
def team(aws: EmbeddedAws, placed: BatchEnvironment, monkeypatch: pytest.MonkeyPatch) -> Team:
    """It scores the rows in the folder `rows`, once a day."""
    for name, value in {**aws.environment(), "AWS_ENDPOINT_URL": aws.url}.items():
        monkeypatch.setenv(name, value)
    calls.client.cache_clear()
    found = Team(aws, placed)
    found.asks_for(BATCH)
    return found


def make_ledger(aws: EmbeddedAws, table: str) -> None:
    keys = ((PARTITION_KEY, "HASH"), (SORT_KEY, "RANGE"))
    aws.client("dynamodb").create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        BillingMode="PAY_PER_REQUEST",
    )


def _environment(owner: str, key: str) -> BatchEnvironment:
    return BatchEnvironment(
        team="risk",
        environment="dev",
        account=JOB.account,
        region=JOB.region,
        cost_center="4711",
        monitor_role_arn=owner,
        image_uri=f"{IMAGES}/process:x",
        subnet_ids="subnet-1",
        security_group_ids="sg-1",
        key_arn=key,
    )


def rows_of(move: Callable[[np.ndarray], None]) -> bytes:
    return text_of(draw(COUNT, 7, move).values)


def text_of(values: np.ndarray) -> bytes:
    """Rows as they wait to be scored."""
    return "".join(",".join(map(repr, row)) + "\n" for row in values.tolist()).encode()


def moved(values: np.ndarray) -> None:
    values[:, 0] += 2.0


def test_drift_in_a_batch_is_seen(team: Team) -> None:
    aws, s3 = team.aws, team.aws.client("s3")
    data, reports = split(bucket("data"))[0], split(bucket("reports"))[0]
    due = team.now().replace(second=0)
    body = BatchDue.body(NAMES.endpoint, due.isoformat())
    assert team.hear(body).startswith("IDLE: no rows")

    s3.put_object(Bucket=data, Key=f"{NAMES.batch_prefix}rows/a.csv", Body=rows_of(moved))
    job = job_name(NAMES, due)
    assert team.hear(body) == f"STARTED: {job} with risk-dev-churn-v1"
    assert team.hear(body) == "STARTED: before"
    sagemaker = aws.client("sagemaker")
    scored = team.ended(sagemaker.describe_transform_job, "TransformJobStatus", TransformJobName=job)
    assert [
        found["TransformJobName"]
        for found in sagemaker.list_transform_jobs(NameContains=NAMES.endpoint)["TransformJobSummaries"]
    ] == [job]
    written = s3.get_object(Bucket=data, Key=f"{answers_prefix(NAMES, job)}a.csv.out")["Body"].read().splitlines()
    assert len(written) == COUNT
    assert scored["DataCaptureConfig"]["GenerateInferenceId"] is True

    assert team.hear(over(job)).startswith("WATCHED"), "before, where a slow machine answered too late"
    assert team.hear(over(job)) == "WATCHED: before"
    name = monitor_name(NAMES, due)
    watched = team.ended(sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=name)
    assert watched["ExitMessage"].startswith("CompletedWithViolations")

    text = s3.get_object(Bucket=reports, Key=f"{NAMES.batch_prefix}{LATEST}")["Body"].read()
    report = MonitorReport.from_json(text)
    assert (report.rows, report.unreadable, report.schedule) == (COUNT, 0, NAMES.batch)
    assert "x1" in {found.feature for found in report.violations if found.check == BASELINE_DRIFT}
    (drift,) = told(aws, DRIFT, due)
    assert drift["Maximum"] >= 1
    (rows,) = told(aws, ROWS, due)
    assert (rows["SampleCount"], rows["Maximum"]) == (2, COUNT), "that nothing was there, and what was there then"


def over(job: str) -> dict[str, Any]:
    """The event of a transform job that has ended."""
    detail = {"TransformJobName": job, "TransformJobStatus": "Completed"}
    head = {"source": BatchEnded.SOURCE, "detail-type": BatchEnded.DETAIL_TYPE, "account": JOB.account}
    return {**head, "detail": detail}


def told(aws: EmbeddedAws, watched: Metric, at: datetime) -> list[dict[str, Any]]:
    """What an alarm on the batch sees of one minute."""
    metric = of_batch(watched)
    found = aws.client("cloudwatch").get_metric_statistics(
        Namespace=metric.namespace,
        MetricName=metric.name,
        Dimensions=[{"Name": name, "Value": NAMES.batch} for name in metric.dimensions],
        StartTime=at.replace(second=0),
        EndTime=at.replace(second=0) + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum", "SampleCount"],
    )
    return list(found["Datapoints"])


def test_labels_that_come_later_judge_a_batch_once_and_train_the_next_model(team: Team) -> None:
    """From rows to the loss of quality that an alarm sees, and to the data sets of a retraining on recent rows."""
    aws, s3, sagemaker = team.aws, team.aws.client("s3"), team.aws.client("sagemaker")
    data, reports = split(bucket("data"))[0], split(bucket("reports"))[0]
    team.asks_for(replace(BATCH, rows="late", labels_s=2 * 3600))
    world = draw(COUNT, 9, flip=True)
    with slow_motion(aws):
        due = team.now().replace(second=0)
        job = job_name(NAMES, due)
        s3.put_object(Bucket=data, Key=f"{NAMES.batch_prefix}late/a.csv", Body=text_of(world.values))
        assert team.hear(BatchDue.body(NAMES.endpoint, due.isoformat())).startswith("STARTED")
        team.ended(sagemaker.describe_transform_job, "TransformJobStatus", TransformJobName=job)
        assert team.hear(over(job)).startswith("WATCHED"), "before, where a slow machine answered too late"
        first = monitor_name(NAMES, due)
        watched = team.ended(sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=first)
        assert f"{COUNT} rows, 0 labels" in watched["ExitMessage"]

        answers = s3.get_object(Bucket=data, Key=f"{answers_prefix(NAMES, job)}a.csv.out")["Body"].read().decode()
        ids = [line.rsplit(",", 2)[1].strip() for line in answers.splitlines()]
        key = f"{NAMES.ground_truth_prefix}{hour_folder(team.now())}/late.jsonl"
        s3.put_object(Bucket=data, Key=key, Body="\n".join(truths(ids, world)).encode())
        assert team.hear(SweepDue.body()) == "SWEPT"
        assert judge_name(NAMES, due) not in runs(aws), "labels have their time"

    for _ in eventually():
        if team.now() >= due + timedelta(hours=2):
            break
    with slow_motion(aws):
        for _ in range(2):
            assert team.hear(SweepDue.body()) == "SWEPT"
        again = judge_name(NAMES, due)
        judged = team.ended(sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=again)
        assert judged["ExitMessage"].startswith("CompletedWithViolations")
        text = s3.get_object(Bucket=reports, Key=f"{labels_prefix(NAMES.batch_prefix)}{LATEST}")["Body"].read()
        report = MonitorReport.from_json(text)
        assert (report.rows, report.labels) == (COUNT, COUNT)
        assert BELOW in {found.check for found in report.violations}
        (drop,) = told(aws, QUALITY_DROP, due + timedelta(hours=2))
        assert (drop["SampleCount"], drop["Maximum"] >= 1) == (1, True), "told once"
        assert told(aws, QUALITY_DROP, due) == []
        (rows,) = told(aws, ROWS, due)
        assert rows["SampleCount"] == 1, "the rows were told before"

        said = prepare(team, due, due + timedelta(hours=1))
        assert said.startswith(f"{COUNT} rows"), said
        assert said.endswith("0 rejected, 0 without a label"), said


def prepare(team: Team, start: datetime, end: datetime) -> str:
    """What a retraining on the rows of this time makes of them."""
    sagemaker, name = team.aws.client("sagemaker"), f"prepare-{end:%H%M%S%f}"
    window = (start.isoformat(), end.isoformat())
    asked = PrepareEnvironment("risk", "dev", "churn", JOB.account, JOB.region, "recent", *window, "none")
    sagemaker.create_processing_job(
        ProcessingJobName=name,
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}
        },
        AppSpecification={
            "ImageUri": team.environment.image_uri,
            "ContainerEntrypoint": list(PREPARE.entrypoint),
        },
        Environment=asked.variables(),
        RoleArn=team.environment.monitor_role_arn,
    )
    done = team.ended(sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=name)
    return str(done["ExitMessage"])


def runs(aws: EmbeddedAws) -> set[str]:
    listed = aws.client("sagemaker").list_processing_jobs(MaxResults=100)
    return {job["ProcessingJobName"] for job in listed["ProcessingJobSummaries"]}
