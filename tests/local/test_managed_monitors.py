"""SageMaker's own schedules, from the template, run the platform's monitor on captured requests, and on batches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from core.contracts import managed, metrics
from core.contracts.batch_metrics import of_batch
from core.contracts.capture import hour_folder
from core.contracts.managed import FILES, TYPES, MonitoringType
from core.contracts.reports import LATEST, VIOLATIONS, MonitorReport
from local.start import EmbeddedAws
from tests.containers.world import NAMES
from tests.local.hosting import Hosting
from tests.local.managed_stack import STACK, deployed, make_scheduler_role, tell, template
from tests.local.watched import ACCOUNT, ENDED, World, bucket, make_monitor_role

pytestmark = pytest.mark.slow(takes_s=25)


@pytest.fixture
def world(aws: EmbeddedAws, host: Hosting) -> Iterator[World]:
    make_monitor_role(aws)
    parameter = {"Name": NAMES.standing_parameter, "Type": "String", "Value": managed.STANDS_NOT}
    aws.client("ssm").put_parameter(**parameter, Overwrite=True)
    yield World(aws, host)
    aws.client("cloudformation").delete_stack(StackName=STACK)


def test_the_schedules_of_the_template_run_our_monitor_and_leave_the_managed_files(
    aws: EmbeddedAws, world: World, tmp_path: Path
) -> None:
    with pytest.raises(ClientError, match="not find endpoint"):
        world.host.sagemaker.create_data_quality_job_definition(**_smallest("x"))
    world.serve()
    tell(aws)
    assert deployed(aws, template(tmp_path, make_scheduler_role(aws))) == "CREATE_COMPLETE"
    due = world.capture_an_hour()
    for kind in TYPES:
        _left_its_files(world, kind, due)
    report = _latest(world, NAMES.report_prefix)
    assert (report.rows, datetime.fromisoformat(report.end)) == (400, due)
    told = (metrics.ROWS, metrics.DRIFT, metrics.QUALITY_DROP, metrics.BIAS_DRIFT, metrics.ATTRIBUTION_DRIFT)
    values = {"Endpoint": NAMES.endpoint, "MonitoringSchedule": NAMES.monitor}
    for metric in told:
        found = _samples(aws, metric, values, due - timedelta(hours=1))
        assert found == 1, f"{metric.name} was told {found} times"


def test_the_schedules_over_batches_need_no_endpoint_and_tell_what_the_alarms_watch(
    aws: EmbeddedAws, world: World, tmp_path: Path
) -> None:
    assert deployed(aws, template(tmp_path, make_scheduler_role(aws))) == "CREATE_COMPLETE"
    due, end = world.score_a_batch()
    for kind in TYPES:
        _left_its_files(world, kind, end, of_batches=True)
    report = _latest(world, NAMES.batch_prefix)
    assert (report.rows, report.labels, report.schedule) == (400, 400, NAMES.batch)
    for watched in (metrics.ROWS, metrics.DRIFT, metrics.QUALITY_DROP, metrics.BIAS_DRIFT, metrics.ATTRIBUTION_DRIFT):
        metric = of_batch(watched)
        start = due.replace(minute=0)
        found = _samples(aws, metric, {"MonitoringSchedule": NAMES.batch}, start)
        assert found == 1, f"{metric.name} was told {found} times"


def _left_its_files(world: World, kind: MonitoringType, due: datetime, of_batches: bool = False) -> None:
    """The run that was due then, and what it left in S3."""
    sagemaker, name = world.host.sagemaker, NAMES.managed_monitor(kind, of_batches)
    run = world.run_of(name, due)
    assert run["MonitoringExecutionStatus"] in ENDED, run.get("FailureReason")
    place = f"batch/{kind}" if of_batches else f"{kind}/{NAMES.endpoint}"
    folder = f"{NAMES.managed_report_prefix}{place}/{name}/{hour_folder(due)}/"
    assert world.keys(folder) == {folder + file for file in FILES[kind]}
    job = sagemaker.describe_processing_job(ProcessingJobName=run["ProcessingJobArn"].rpartition("/")[2])
    assert job["MonitoringScheduleArn"].endswith(f"monitoring-schedule/{name}")
    assert job["ExitMessage"].startswith(run["MonitoringExecutionStatus"])
    violations = world.s3.get_object(Bucket=bucket("reports"), Key=folder + VIOLATIONS)["Body"].read()
    assert "violations" in json.loads(violations)


def _latest(world: World, prefix: str) -> MonitorReport:
    latest = world.s3.get_object(Bucket=bucket("reports"), Key=f"{prefix}{LATEST}")["Body"].read()
    return MonitorReport.from_json(latest)


def _samples(aws: EmbeddedAws, metric: metrics.Metric, values: dict[str, str], start: datetime) -> float:
    """Datapoints in the hour, under the dimensions that the alarm watches."""
    found = aws.client("cloudwatch").get_metric_statistics(
        Namespace=metric.namespace,
        MetricName=metric.name,
        Dimensions=[{"Name": name, "Value": values[name]} for name in metric.dimensions],
        StartTime=start,
        EndTime=start + timedelta(hours=1),
        Period=3600,
        Statistics=["SampleCount"],
    )
    return float(sum(point["SampleCount"] for point in found["Datapoints"]))


def _smallest(name: str) -> dict[str, Any]:
    return {
        "JobDefinitionName": name,
        "DataQualityAppSpecification": {"ImageUri": "r/process:1"},
        "DataQualityJobInput": {"EndpointInput": {"EndpointName": NAMES.endpoint, "LocalPath": managed.DATASET}},
        "DataQualityJobOutputConfig": {
            "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://out/x", "LocalPath": managed.OUTPUT}}]
        },
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{NAMES.of.role('monitor')}",
    }
