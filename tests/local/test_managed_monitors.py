"""SageMaker's own schedules, from the template, run the platform's monitor on a window of captured requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from botocore.exceptions import ClientError

from core.config.load import load_teams
from core.contracts import managed, metrics
from core.contracts.capture import hour_folder
from core.contracts.managed import FILES, TYPES
from core.contracts.reports import LATEST, VIOLATIONS, MonitorReport
from infra.managed_monitors import ManagedMonitors, parameter
from infra.network import NetworkIds
from infra.part import Part
from infra.template_stack import TemplateStack, finish
from infra.tenant import Tenant
from local.start import EmbeddedAws, eventually
from tests.containers.world import JOB, NAMES
from tests.local.hosting import Hosting
from tests.local.watched import ACCOUNT, ENDED, World, bucket, make_monitor_role

pytestmark = pytest.mark.slow
STACK = "risk-dev-operations"
TEAM = """
team: risk
owners: [owner@example.com]
environments: [{name: dev, region: us-east-1}]
models:
  - name: churn
    label: fast
    features: {x1: numeric, x2: numeric, x3: numeric, kind: categorical}
    sensitive: [kind]
    monitoring: {engine: managed, minimum_rows: 100, minimum_labels: 50}
"""


def template(folder: Path) -> str:
    """The monitors of the team's one model, and nothing else."""
    (folder / "risk.yaml").write_text(TEAM)
    (team,) = load_teams(folder)
    tenant = Tenant(team, team.environments[0], ACCOUNT)
    app = cdk.App(outdir=str(folder / "out"))
    stack = TemplateStack(app, "operations", name=STACK, env=cdk.Environment(account=ACCOUNT, region=JOB.region))
    always = Part(stack, "Always", tenant).add("Topic", "AWS::SNS::Topic", {})
    network = NetworkIds(vpc="vpc-1", subnets=("subnet-1",), security_group="sg-1", studio_subnets=())
    (model,) = team.models
    key = f"arn:aws:kms:{JOB.region}:{ACCOUNT}:key/1"
    ManagedMonitors(stack, "Monitors", tenant, model=model, network=network, key_arn=key, after=[always])
    finish([stack])
    app.synth()
    made: dict[str, Any] = json.loads((folder / "out" / "operations.template.json").read_text())
    made["Parameters"].pop("BootstrapVersion", None)
    made.pop("Rules", None)
    return json.dumps(made)


@pytest.fixture
def world(aws: EmbeddedAws, host: Hosting) -> Iterator[World]:
    make_monitor_role(aws)
    yield World(aws, host)
    aws.client("cloudformation").delete_stack(StackName=STACK)


def deployed(aws: EmbeddedAws, body: str, switch: str, update: bool = False) -> str:
    """Deploy the template with this value of the switch; the stack's status at the end."""
    cloudformation = aws.client("cloudformation")
    told = [{"ParameterKey": parameter("churn"), "ParameterValue": switch}]
    change = cloudformation.update_stack if update else cloudformation.create_stack
    change(StackName=STACK, TemplateBody=body, Parameters=told)
    for _ in eventually():
        (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            return str(stack["StackStatus"])
    raise AssertionError


def test_the_schedules_of_the_template_run_our_monitor_and_leave_the_managed_files(
    aws: EmbeddedAws, world: World, tmp_path: Path
) -> None:
    sagemaker, body = world.host.sagemaker, template(tmp_path)
    assert deployed(aws, body, "no") == "CREATE_COMPLETE", "there is no endpoint yet, and none is asked for"
    assert sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []
    with pytest.raises(ClientError, match="not find endpoint"):
        sagemaker.create_data_quality_job_definition(**_smallest("x"))
    world.serve()
    due = world.capture_an_hour()
    assert deployed(aws, body, "yes", update=True) == "UPDATE_COMPLETE"
    assert len(sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"]) == len(TYPES)
    for kind in TYPES:
        run = world.run_of(kind, due)
        assert run["MonitoringExecutionStatus"] in ENDED, run.get("FailureReason")
        name = NAMES.managed_monitor(kind)
        folder = f"{NAMES.managed_report_prefix}{kind}/{NAMES.endpoint}/{name}/{hour_folder(due)}/"
        assert world.keys(folder) == {folder + file for file in FILES[kind]}
        job = sagemaker.describe_processing_job(ProcessingJobName=run["ProcessingJobArn"].rpartition("/")[2])
        assert job["MonitoringScheduleArn"].endswith(f"monitoring-schedule/{name}")
        assert job["ExitMessage"].startswith(run["MonitoringExecutionStatus"])
        violations = world.s3.get_object(Bucket=bucket("reports"), Key=folder + VIOLATIONS)["Body"].read()
        assert "violations" in json.loads(violations)
    latest = world.s3.get_object(Bucket=bucket("reports"), Key=f"{NAMES.report_prefix}{LATEST}")["Body"].read()
    report = MonitorReport.from_json(latest)
    assert (report.rows, datetime.fromisoformat(report.end)) == (400, due)
    told = (metrics.ROWS, metrics.DRIFT, metrics.QUALITY_DROP, metrics.BIAS_DRIFT, metrics.ATTRIBUTION_DRIFT)
    for metric in told:
        assert _samples(aws, metric, due) == 1, f"{metric.name} was told {_samples(aws, metric, due)} times"


def _samples(aws: EmbeddedAws, metric: metrics.Metric, due: datetime) -> float:
    """Datapoints in the window, under the dimensions that the alarm watches."""
    values = {"Endpoint": NAMES.endpoint, "MonitoringSchedule": NAMES.monitor}
    found = aws.client("cloudwatch").get_metric_statistics(
        Namespace=metric.namespace,
        MetricName=metric.name,
        Dimensions=[{"Name": name, "Value": value} for name, value in values.items()],
        StartTime=due - timedelta(hours=1),
        EndTime=due,
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
