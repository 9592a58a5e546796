"""What a team gets that asks for monitors on several instances, and no other team does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.contracts.images import EVERY, IMAGES, SPARK
from infra.guard.evaluation import denied
from infra.images import image_uris
from tests.infra.artifacts import ACCOUNT, MODEL, PREFIX, REGION, deployed, tenant
from tests.wiring.access import may
from tests.wiring.deployed import Deployed

pytestmark = pytest.mark.slow  # the CDK runs a process of its own

REPORTS = f"arn:aws:s3:::{PREFIX}-reports-{ACCOUNT}-{REGION}"
SECRET = f"{REPORTS}/cluster_secrets/{PREFIX}-churn-monitor-1"
PEOPLE = ("data-scientist", "ml-engineer", "approver", "analyst")
MEMBERS = [{"name": persona.replace("-", ""), "role": persona} for persona in PEOPLE]


def models(workers: int) -> list[dict[str, Any]]:
    return [
        {**MODEL, "monitoring": {"workers": workers}},
        {**MODEL, "name": "small"},
    ]


@pytest.fixture(scope="module")
def together() -> Deployed:
    return deployed(tenant(models=models(3), members=MEMBERS))


@pytest.fixture(scope="module")
def apart() -> Deployed:
    return deployed(tenant(models=models(1)))


def request(of: Deployed, model: str) -> dict[str, Any]:
    schedule = of.one("AWS::Scheduler::Schedule", Name=f"{PREFIX}-{model}-monitor")
    told: dict[str, Any] = json.loads(schedule["Target"]["Input"])
    return told


def repositories(of: Deployed) -> set[str]:
    return {each["RepositoryName"].rpartition("/")[2] for each in of.of("AWS::ECR::Repository")}


def test_the_job_has_as_many_instances_and_the_image_for_them(together: Deployed) -> None:
    asked, alone = request(together, "churn"), request(together, "small")
    count = [one["ProcessingResources"]["ClusterConfig"]["InstanceCount"] for one in (asked, alone)]
    assert count == [3, 1]
    image = asked["AppSpecification"]
    assert image["ContainerEntrypoint"] == list(SPARK.entrypoint)
    assert image["ImageUri"] == image_uris(tenant(models=models(3)))["spark"]
    assert "/process:" in alone["AppSpecification"]["ImageUri"]


def test_its_image_has_a_repository_a_build_and_somebody_who_pulls_it(together: Deployed) -> None:
    assert repositories(together) == {image.name for image in EVERY}
    arn = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{PREFIX}/spark"
    assert may(together, f"{PREFIX}-monitor", "ecr:BatchGetImage", arn)
    assert may(together, f"{PREFIX}-images", "ecr:PutImage", arn)


def test_other_teams_have_nothing_of_it(apart: Deployed) -> None:
    assert repositories(apart) == {image.name for image in IMAGES}
    texts = json.dumps([each.properties for each in apart.resources])
    assert "cluster_secrets" not in texts
    assert "repository/risk-dev/spark" not in texts


def rules(of: Deployed) -> list[dict[str, Any]]:
    (policy,) = [each for each in of.of("AWS::S3::BucketPolicy") if each["Bucket"] == REPORTS.rpartition(":")[2]]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def refused(of: Deployed, role: str, action: str, resource: str) -> bool:
    """By the bucket's policy, wherever the role comes from."""
    context = {
        "aws:securetransport": ["true"],
        "aws:viaawsservice": ["false"],
        "aws:principalarn": [f"arn:aws:iam::{ACCOUNT}:role/{role}"],
    }
    own = [rule for rule in rules(of) if rule.get("Sid") != "OnlyFromTheVpc"]
    return denied(own, action, resource, context)


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"])
def test_only_monitors_read_and_write_the_secrets_of_clusters(together: Deployed, action: str) -> None:
    assert not refused(together, f"{PREFIX}-monitor", action, SECRET)
    others = [each["RoleName"] for each in together.of("AWS::IAM::Role") if each["RoleName"] != f"{PREFIX}-monitor"]
    assert [role for role in others if not refused(together, role, action, SECRET)] == []


def test_reports_are_read_as_before(together: Deployed) -> None:
    report = f"{REPORTS}/churn/latest.json"
    assert may(together, f"{PREFIX}-analyst", "s3:GetObject", report)
    assert not refused(together, f"{PREFIX}-analyst", "s3:GetObject", report)


def test_nobody_who_could_run_code_takes_the_monitor_s_role(together: Deployed) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-monitor"
    context = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    for persona in PEOPLE:
        assert not may(together, f"{PREFIX}-{persona}", "iam:PassRole", role, context)
        assert not may(together, f"{PREFIX}-{persona}", "sts:AssumeRole", role)


def test_secrets_are_gone_after_a_day(together: Deployed) -> None:
    bucket = together.one("AWS::S3::Bucket", BucketName=REPORTS.rpartition(":")[2])
    (rule,) = [each for each in bucket["LifecycleConfiguration"]["Rules"] if each.get("Prefix")]
    assert (rule["Prefix"], rule["ExpirationInDays"]) == ("cluster_secrets/", 1)
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
