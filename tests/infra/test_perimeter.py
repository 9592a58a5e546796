"""What each bucket's policy lets whom do from where: inside the team's VPC, and outside of it."""

from __future__ import annotations

from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

from core.names import BUCKETS
from infra.perimeter import INSIDE
from tests.infra.conftest import ACCOUNT, FULL, REGION, Templates
from tests.wiring.deployed import Deployed, deploy

pytestmark = pytest.mark.slow

OUTSIDE = {"pipeline", "serving", "feature-store", "mlflow", "images", "image", "rstudio"}
"""Roles that SageMaker and CodeBuild use for themselves: no code that a member can change runs under them."""
CODE_RUNS = ("sagemaker.amazonaws.com", "codebuild.amazonaws.com")
HOLDS_DATA = [purpose for purpose in BUCKETS if purpose != "projects"]


@pytest.fixture(scope="module")
def full(full_templates: Templates) -> Deployed:
    return deploy(full_templates, ACCOUNT, REGION)


class Asked:
    """Requests to one bucket, answered by its policy alone: Deny, or whatever the caller's own policies say."""

    def __init__(self, full: Deployed, purpose: str) -> None:
        self._bucket = f"{FULL}-{purpose}-{ACCOUNT}-{REGION}"
        self._policy = full.one("AWS::S3::BucketPolicy", Bucket=self._bucket)["PolicyDocument"]
        self.vpc = next(each.id for each in full.resources if each.type == "AWS::EC2::VPC")

    def denies(self, action: str, principal: str, tls: bool = True, **context: str) -> bool:
        request = EvalContext(
            principal_arn=f"arn:aws:iam::{ACCOUNT}:{principal}",
            principal_type="AssumedRole",
            principal_account=ACCOUNT,
            action=f"s3:{action}",
            resource_arn=f"arn:aws:s3:::{self._bucket}/some/key",
            region=REGION,
            source_ip="198.51.100.7",
            secure_transport=tls,
            service_context={f"aws:{key}".lower(): value for key, value in context.items()},
        )
        return bool(evaluate_resource_policy(self._policy, request).decision == "Deny")


def role(kind: str) -> str:
    return f"role/{FULL}-{kind}"


@pytest.mark.parametrize("purpose", HOLDS_DATA)
@pytest.mark.parametrize("kind", INSIDE)
@pytest.mark.parametrize("action", ["GetObject", "PutObject", "ListBucket", "DeleteObjectVersion"])
def test_people_and_jobs_reach_data_from_the_vpc_alone(full: Deployed, purpose: str, kind: str, action: str) -> None:
    asked = Asked(full, purpose)
    assert not asked.denies(action, role(kind), SourceVpc=asked.vpc)
    assert asked.denies(action, role(kind))
    assert asked.denies(action, role(kind), SourceVpc="vpc-of-somebody-else")


@pytest.mark.parametrize("purpose", HOLDS_DATA)
def test_what_a_service_does_for_a_person_may_come_from_anywhere(full: Deployed, purpose: str) -> None:
    assert not Asked(full, purpose).denies("GetObject", role("analyst"), ViaAWSService="true")
    assert Asked(full, purpose).denies("GetObject", role("analyst"), ViaAWSService="false")


@pytest.mark.parametrize("purpose", BUCKETS)
@pytest.mark.parametrize(
    "principal",
    ["root", "user/admin", "role/Admin", "role/cdk-hnb659fds-cfn-exec-role", "role/full-dev-training2"],
)
@pytest.mark.parametrize("action", ["GetObject", "PutBucketPolicy", "DeleteBucketPolicy", "DeleteObject"])
def test_who_administers_the_account_is_never_locked_out(
    full: Deployed, purpose: str, principal: str, action: str
) -> None:
    assert not Asked(full, purpose).denies(action, principal)


@pytest.mark.parametrize("purpose", BUCKETS)
@pytest.mark.parametrize("kind", sorted({*OUTSIDE, "remediate", "promote", "settle", "projects", "teardown"}))
def test_services_and_functions_work_outside_of_the_vpc(full: Deployed, purpose: str, kind: str) -> None:
    full.one("AWS::IAM::Role", RoleName=f"{FULL}-{kind}")
    assert not Asked(full, purpose).denies("GetObject", role(kind))


@pytest.mark.parametrize("purpose", BUCKETS)
@pytest.mark.parametrize("principal", ["root", role("data-scientist")])
def test_nobody_comes_without_tls(full: Deployed, purpose: str, principal: str) -> None:
    asked = Asked(full, purpose)
    assert asked.denies("GetObject", principal, tls=False, SourceVpc=asked.vpc)


def test_templates_of_projects_are_read_from_a_browser_and_written_from_the_vpc(full: Deployed) -> None:
    asked = Asked(full, "projects")
    assert not asked.denies("GetObject", role("data-scientist"))
    assert not asked.denies("GetObjectTagging", role("data-scientist"))
    for action in ("PutObject", "PutObjectTagging", "DeleteObject", "DeleteObjectVersion", "PutBucketPolicy"):
        assert asked.denies(action, role("data-scientist")), action
        assert not asked.denies(action, role("data-scientist"), SourceVpc=asked.vpc), action


def test_every_role_under_which_code_may_run_is_inside(full: Deployed) -> None:
    """A new role is named here or there, or it could carry data out."""
    runs = {
        properties["RoleName"].removeprefix(f"{FULL}-")
        for properties in full.of("AWS::IAM::Role")
        if any(service in _trusted(properties) for service in CODE_RUNS)
    }
    assert runs == {*INSIDE, *OUTSIDE}


def _trusted(properties: dict[str, Any]) -> list[str]:
    found = [each["Principal"].get("Service", []) for each in properties["AssumeRolePolicyDocument"]["Statement"]]
    return [service for each in found for service in ([each] if isinstance(each, str) else each)]
