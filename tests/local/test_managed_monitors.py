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
from core.names import BUCKETS, VARIANT
from infra.managed_monitors import ManagedMonitors, parameter
from infra.network import NetworkIds
from infra.part import Part
from infra.template_stack import TemplateStack, finish
from infra.tenant import Tenant
from local.start import EmbeddedAws, eventually
from tests.containers.world import JOB, NAMES, Memory, captured, draw, labels, released
from tests.local.hosting import Hosting

pytestmark = pytest.mark.slow
ACCOUNT, STACK = "000000000000", "risk-dev-operations"
ENDED = ("Completed", "CompletedWithViolations")
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


def bucket(purpose: str) -> str:
    return NAMES.of.bucket(purpose, ACCOUNT, JOB.region)


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


class World:
    """A released model whose endpoint captures its requests, as the rest of the platform leaves it."""

    def __init__(self, aws: EmbeddedAws, host: Hosting) -> None:
        self.aws, self.host, self.s3 = aws, host, host.s3
        memory, self.model = released()
        for purpose in BUCKETS:
            self.s3.create_bucket(Bucket=bucket(purpose))
        for uri, content in memory.objects.items():
            place, _, key = uri.removeprefix("s3://").partition("/")
            self.s3.put_object(Bucket=place.replace(JOB.account, ACCOUNT), Key=key, Body=content)
        assert memory.release is not None
        release = memory.release.to_json().replace(JOB.account, ACCOUNT)
        self.s3.put_object(Bucket=bucket("models"), Key=NAMES.release_key, Body=release.encode())
        policy = Memory().policy.to_json()
        aws.client("ssm").put_parameter(Name=NAMES.policy_parameter, Value=policy, Type="String")

    def serve(self) -> None:
        config = self.host.config(
            "yes",
            DataCaptureConfig={
                "EnableCapture": True,
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": f"s3://{bucket('capture')}/{NAMES.capture_prefix}",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            },
        )
        self.host.sagemaker.create_endpoint(EndpointName=NAMES.endpoint, EndpointConfigName=config)
        self.host.until(NAMES.endpoint, "InService")

    def capture_an_hour(self) -> datetime:
        """Requests of an hour that has not come yet, and their labels; returns its end."""
        start = self.aws.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
        rows = draw(400, 40)
        requests = captured(self.model, rows, start)
        hour = hour_folder(start)
        lines = {
            (bucket("capture"), f"{NAMES.capture_prefix}{NAMES.endpoint}/{VARIANT}/{hour}/a.jsonl"): requests,
            (bucket("data"), f"{NAMES.ground_truth_prefix}{hour}/a.jsonl"): labels(requests, rows),
        }
        for (place, key), each in lines.items():
            self.s3.put_object(Bucket=place, Key=key, Body="\n".join(one.line() for one in each).encode())
        return start + timedelta(hours=1)

    def run_of(self, kind: str, due: datetime) -> dict[str, Any]:
        """The execution that was due then, once it is over."""
        name = NAMES.managed_monitor(kind)
        for _ in eventually(240):
            found = self.host.sagemaker.list_monitoring_executions(MonitoringScheduleName=name, MaxResults=100)
            for run in found["MonitoringExecutionSummaries"]:
                if run["ScheduledTime"] == due and run["MonitoringExecutionStatus"] in (*ENDED, "Failed", "Stopped"):
                    ended: dict[str, Any] = run
                    return ended
        raise AssertionError

    def keys(self, prefix: str) -> set[str]:
        found = self.s3.list_objects_v2(Bucket=bucket("reports"), Prefix=prefix).get("Contents", ())
        return {each["Key"] for each in found}


@pytest.fixture
def world(aws: EmbeddedAws, host: Hosting) -> Iterator[World]:
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    role = NAMES.of.role("monitor")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(document))
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [everything]}
    iam.put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=json.dumps(policy))
    yield World(aws, host)
    aws.client("cloudformation").delete_stack(StackName=STACK)


def deployed(aws: EmbeddedAws, body: str, switch: str, update: bool = False) -> str:
    """Deploy the template with this value of the switch; the stack's status at the end."""
    cloudformation = aws.client("cloudformation")
    told = [{"ParameterKey": parameter("churn"), "ParameterValue": switch}]
    change = cloudformation.update_stack if update else cloudformation.create_stack
    change(StackName=STACK, TemplateBody=body, Parameters=told)
    for _ in eventually(60):
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
