"""The monitor of a team that asks for several workers: the schedule's own request, run on two hosts by Spark."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from botocore.exceptions import ClientError

from core.config.load import load_teams
from core.contracts.reports import LATEST, MonitorReport
from infra import cluster_secrets
from infra.monitor_schedule import EXECUTION_ID, SCHEDULED_TIME, MonitorSchedule
from infra.network import NetworkIds
from infra.part import Part
from infra.roles import Role
from infra.template_stack import TemplateStack, finish
from infra.tenant import Tenant
from local.images import PACKAGES
from local.start import EmbeddedAws, eventually
from tests.containers.world import JOB, NAMES
from tests.local.conftest import allow
from tests.local.hosting import Hosting
from tests.local.images import output
from tests.local.watched import ACCOUNT, World, bucket, make_monitor_role

pytestmark = pytest.mark.slow(takes_s=100)
TEAM = """
team: risk
owners: [owner@example.com]
environments: [{name: dev, region: us-east-1}]
models:
  - name: churn
    label: fast
    features: {x1: numeric, x2: numeric, x3: numeric, kind: categorical}
    sensitive: [kind]
    monitoring: {workers: 2, minimum_rows: 100, minimum_labels: 50}
"""


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    if shutil.which("java") is None or not all(folder.exists() for folder in PACKAGES.values()):
        pytest.skip("needs Java 17 or 21, and pyspark: `make spark`")
    (tmp_path / "risk.yaml").write_text(TEAM)
    (team,) = load_teams(tmp_path)
    return Tenant(team, team.environments[0], ACCOUNT)


def request(tenant: Tenant, folder: Path, due: datetime, run: str) -> dict[str, Any]:
    """What the scheduler sends for the window that ends then."""
    app = cdk.App(outdir=str(folder / "out"))
    stack = TemplateStack(app, "operations", name="x", env=cdk.Environment(account=ACCOUNT, region=JOB.region))
    network = NetworkIds(vpc="vpc-1", subnets=("subnet-1",), security_group="sg-1", studio_subnets=())
    role = Role(stack, "Role", tenant, kind="scheduler", service="scheduler.amazonaws.com", grants=[])
    (model,) = tenant.team.models
    MonitorSchedule(
        stack, "Schedule", tenant, model=model, network=network, key_arn="k", role=role, dead_letters_arn="q"
    )
    Part(stack, "Always", tenant)
    finish([stack])
    app.synth()
    made = json.loads((folder / "out" / "operations.template.json").read_text())["Resources"].values()
    (schedule,) = [each for each in made if each["Type"] == "AWS::Scheduler::Schedule"]
    text, ids = schedule["Properties"]["Target"]["Input"]["Fn::Sub"]
    for name, value in ids.items():
        text = text.replace(f"${{{name}}}", value)
    told: dict[str, Any] = json.loads(text.replace(EXECUTION_ID, run).replace(SCHEDULED_TIME, due.isoformat()))
    return told


def ended(sagemaker: Any, name: str) -> dict[str, Any]:
    for _ in eventually():
        job: dict[str, Any] = sagemaker.describe_processing_job(ProcessingJobName=name)
        if job["ProcessingJobStatus"] in ("Completed", "Failed", "Stopped"):
            return job
    raise AssertionError


def test_two_hosts_of_one_job_are_one_monitor(
    aws: EmbeddedAws,
    host: Hosting,
    tenant: Tenant,
    role: Callable[..., str],
    client_as: Callable[[str, str], Any],
    tmp_path: Path,
) -> None:
    make_monitor_role(aws)
    world = World(aws, host)
    closed = {"Version": "2012-10-17", "Statement": [cluster_secrets.for_monitors_only(tenant)]}
    host.s3.put_bucket_policy(Bucket=bucket("reports"), Policy=json.dumps(closed))
    due = world.capture_an_hour()
    asked = request(tenant, tmp_path, due, "run1")
    host.sagemaker.create_processing_job(**asked)
    job = ended(host.sagemaker, asked["ProcessingJobName"])
    printed = output(aws.client("logs"), "ProcessingJobs", asked["ProcessingJobName"])
    assert job["ProcessingJobStatus"] == "Completed", printed[-80:]
    assert "400 rows, 400 labels" in job["ExitMessage"]
    latest = host.s3.get_object(Bucket=bucket("reports"), Key=f"{NAMES.report_prefix}{LATEST}")["Body"].read()
    report = MonitorReport.from_json(latest)
    assert (report.rows, datetime.fromisoformat(report.end)) == (400, due)
    curious = client_as(role("sagemaker", allow("s3:*")), "s3")
    curious.get_object(Bucket=bucket("reports"), Key=f"{NAMES.report_prefix}{LATEST}")
    secret = NAMES.of.cluster_key(asked["ProcessingJobName"])
    with pytest.raises(ClientError, match="AccessDenied"):
        curious.get_object(Bucket=bucket("reports"), Key=secret)
    host.s3.delete_bucket_policy(Bucket=bucket("reports"))


def test_a_host_that_fails_fails_the_job(aws: EmbeddedAws, host: Hosting, tenant: Tenant, tmp_path: Path) -> None:
    """The release in service is read by the first host alone: where it is damaged, the other one does not go on."""
    make_monitor_role(aws)
    world = World(aws, host)
    host.s3.put_object(Bucket=bucket("models"), Key=NAMES.release_key, Body=b"{}")
    asked = request(tenant, tmp_path, world.capture_an_hour(), "run2")
    host.sagemaker.create_processing_job(**asked)
    job = ended(host.sagemaker, asked["ProcessingJobName"])
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["ExitMessage"]
