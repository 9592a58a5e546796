"""The monitor as the process that SageMaker starts, against S3, SSM and CloudWatch."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from containers.shell.files import split
from core.contracts import images, metrics
from core.contracts.reports import REPORT, MonitorReport, report_folder
from core.names import BUCKETS
from tests.containers.world import END, JOB, NAMES, Memory, bucket, capture, captured, draw, label, labels, released

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parents[2]
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": JOB.region}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@pytest.fixture(scope="module")
def aws(endpoint: str) -> boto3.Session:
    """The small world's buckets and policy, uploaded; one hour of labelled requests captured."""
    memory, model = released()
    rows = draw(500, 40)
    requests = captured(model, rows)
    capture(memory, [one.line() for one in requests])
    label(memory, [one.line() for one in labels(requests, rows)])
    session = boto3.Session("test", "test", region_name=JOB.region)
    s3 = session.client("s3", endpoint_url=endpoint)
    for purpose in BUCKETS:
        s3.create_bucket(Bucket=split(bucket(purpose))[0])
    for uri, content in memory.objects.items():
        s3.put_object(Bucket=split(uri)[0], Key=split(uri)[1], Body=content)
    assert memory.release is not None
    s3.put_object(Bucket=split(bucket("models"))[0], Key=NAMES.release_key, Body=memory.release.to_json().encode())
    ssm = session.client("ssm", endpoint_url=endpoint)
    ssm.put_parameter(Name=NAMES.policy_parameter, Value=Memory().policy.to_json(), Type="String")
    return session


def job(endpoint: str, folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        **KEYS,
        **JOB.variables(),
        images.BASE_DIR: str(folder),
        "AWS_ENDPOINT_URL": endpoint,
        **changes,
    }
    command = [sys.executable, "-m", images.MONITOR.module]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=600)


def test_a_window_ends_in_a_report_metrics_and_the_exit_message(
    endpoint: str, aws: boto3.Session, tmp_path: Path
) -> None:
    ended = job(endpoint, tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "output" / "message").read_text().startswith("Completed: Job completed successfully")
    key = {"Bucket": split(bucket("reports"))[0], "Key": report_folder(NAMES.report_prefix, END) + REPORT}
    report = MonitorReport.from_json(aws.client("s3", endpoint_url=endpoint).get_object(**key)["Body"].read())
    assert (report.rows, report.labels, report.violations) == (500, 500, ())
    found = aws.client("cloudwatch", endpoint_url=endpoint).get_metric_statistics(
        Namespace=metrics.ROWS.namespace,
        MetricName=metrics.ROWS.name,
        Dimensions=[
            {"Name": "Endpoint", "Value": NAMES.endpoint},
            {"Name": "MonitoringSchedule", "Value": NAMES.monitor},
        ],
        StartTime=END - timedelta(hours=1),
        EndTime=END,
        Period=3600,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in found["Datapoints"]] == [500]


def test_a_job_that_lacks_a_variable_fails_and_names_it(endpoint: str, tmp_path: Path) -> None:
    ended = job(endpoint, tmp_path, WINDOW_S="soon")
    assert ended.returncode == 1
    assert "WINDOW_S is not int: 'soon'" in (tmp_path / "output" / "message").read_text()


def test_a_model_that_was_never_deployed_fails_with_the_parameter_that_is_absent(
    endpoint: str, aws: boto3.Session, tmp_path: Path
) -> None:
    s3, models = aws.client("s3", endpoint_url=endpoint), split(bucket("models"))[0]
    source = {"Bucket": models, "Key": NAMES.release_key}
    s3.copy_object(Bucket=models, Key=NAMES.of.model("other").release_key, CopySource=source)
    ended = job(endpoint, tmp_path, MODEL="other")
    assert ended.returncode == 1
    assert NAMES.of.model("other").policy_parameter in (tmp_path / "output" / "message").read_text()
