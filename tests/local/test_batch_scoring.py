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
from core.contracts.batch import BatchDue, BatchEnded, BatchPolicy, answers_prefix, job_name, monitor_name
from core.contracts.batch_metrics import of_batch
from core.contracts.environment import BatchEnvironment
from core.contracts.ledger import PARTITION_KEY, SORT_KEY
from core.contracts.metrics import DRIFT
from core.contracts.reports import BASELINE_DRIFT, LATEST, MonitorReport
from core.names import BUCKETS
from lambdas import calls
from lambdas.batch.handler import connect
from lambdas.batch.hear import hear
from lambdas.calls import Calls
from local.start import EmbeddedAws, eventually
from tests.containers.world import JOB, NAMES, bucket, draw, released
from tests.local.conftest import allow

pytestmark = pytest.mark.slow
ROWS = 400
BATCH = BatchPolicy(24 * 3600, "ml.m5.large", 1, 24 * 3600, "rows", "all", True, "ml.m5.large")
IMAGES = f"{JOB.account}.dkr.ecr.{JOB.region}.amazonaws.com/risk-dev"


@dataclass(frozen=True)
class Team:
    """What stands in the account when the first batch is due."""

    aws: EmbeddedAws
    environment: BatchEnvironment
    key: str

    def hear(self, body: dict[str, Any]) -> str:
        return str(hear(json.dumps(body), connect(self.environment, Calls(lambda: 60_000))))

    def now(self) -> datetime:
        """The simulated time."""
        answer = self.aws.client("sts").get_caller_identity()
        text = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)

    def ended(self, describe: Callable[..., dict[str, Any]], status: str, **name: str) -> dict[str, Any]:
        for _ in eventually():
            found = describe(**name)
            if found[status] in ("Completed", "Failed", "Stopped"):
                assert found[status] == "Completed", found.get("FailureReason") or found.get("ExitMessage")
                return found
        raise AssertionError(f"{name} is not over")


@pytest.fixture
def team(aws: EmbeddedAws, role: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Team:
    """The small world's bucket, policy and model; rows that moved wait in the data bucket."""
    memory, _ = released(1500)
    assert memory.release is not None
    s3, sagemaker = aws.client("s3"), aws.client("sagemaker")
    for purpose in BUCKETS:
        s3.create_bucket(Bucket=split(bucket(purpose))[0])
    for uri, content in memory.objects.items():
        s3.put_object(Bucket=split(uri)[0], Key=split(uri)[1], Body=content)
    release = replace(memory.release, endpoint_config="risk-dev-churn-v1", released_at="2020-01-01T00:00:00+00:00")
    s3.put_object(Bucket=split(bucket("models"))[0], Key=NAMES.release_key, Body=release.to_json().encode())
    policy = replace(memory.policy, batch=BATCH)
    aws.client("ssm").put_parameter(Name=NAMES.policy_parameter, Value=policy.to_json(), Type="String")
    make_ledger(aws, NAMES.of.ledger)
    owner = role("sagemaker", allow("s3:*", "logs:*", "ssm:*", "cloudwatch:*", "kms:*"))
    container = {"Image": f"{IMAGES}/serve:x", "ModelDataUrl": release.model_uri}
    sagemaker.create_model(ModelName=release.endpoint_config, PrimaryContainer=container, ExecutionRoleArn=owner)
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    for name, value in {**aws.environment(), "AWS_ENDPOINT_URL": aws.url}.items():
        monkeypatch.setenv(name, value)
    calls.client.cache_clear()
    return Team(aws, _environment(owner, key), key)


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
    return "".join(",".join(map(repr, row)) + "\n" for row in draw(ROWS, 7, move).values.tolist()).encode()


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
    assert [found["TransformJobName"] for found in sagemaker.list_transform_jobs()["TransformJobSummaries"]] == [job]
    written = s3.get_object(Bucket=data, Key=f"{answers_prefix(NAMES, job)}a.csv.out")["Body"].read().splitlines()
    assert len(written) == ROWS
    assert scored["DataCaptureConfig"]["GenerateInferenceId"] is True

    detail = {"TransformJobName": job, "TransformJobStatus": "Completed"}
    head = {"source": BatchEnded.SOURCE, "detail-type": BatchEnded.DETAIL_TYPE, "account": JOB.account}
    assert team.hear({**head, "detail": detail}) == "WATCHED"
    assert team.hear({**head, "detail": detail}) == "WATCHED: before"
    name = monitor_name(NAMES, due)
    watched = team.ended(sagemaker.describe_processing_job, "ProcessingJobStatus", ProcessingJobName=name)
    assert watched["ExitMessage"].startswith("CompletedWithViolations")

    text = s3.get_object(Bucket=reports, Key=f"{NAMES.batch_prefix}{LATEST}")["Body"].read()
    report = MonitorReport.from_json(text)
    assert (report.rows, report.unreadable, report.schedule) == (ROWS, 0, NAMES.batch)
    assert "x1" in {found.feature for found in report.violations if found.check == BASELINE_DRIFT}
    assert drift(aws, due) >= 1


def drift(aws: EmbeddedAws, due: datetime) -> float:
    """What an alarm on the batch sees."""
    metric = of_batch(DRIFT)
    found = aws.client("cloudwatch").get_metric_statistics(
        Namespace=metric.namespace,
        MetricName=metric.name,
        Dimensions=[{"Name": name, "Value": NAMES.batch} for name in metric.dimensions],
        StartTime=due - timedelta(hours=24),
        EndTime=due + timedelta(hours=24),
        Period=24 * 3600,
        Statistics=["Maximum"],
    )
    return max(float(point["Maximum"]) for point in found["Datapoints"])
