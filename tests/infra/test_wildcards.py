"""A wildcard in a grant is answered by what it stands for, and by nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config.load import load_teams
from infra.statements import Statement, allow
from infra.tenant import Tenant
from infra.wildcards import acknowledged, acknowledged_in_a_limit
from tests.wiring.synthesis import ROOT

HERE = "arn:aws:sagemaker:us-east-1:111122223333"
OWN_TAG = {"StringEquals": {"aws:ResourceTag/homeostat": "demo-dev"}}


@pytest.fixture(scope="module")
def tenant() -> Tenant:
    (team,) = load_teams(ROOT / "teams")
    return Tenant(team, team.environments[0], "111122223333", False, Path("teams"))


def _answered(tenant: Tenant, *statements: Statement) -> bool:
    return bool(acknowledged(tenant, statements))


@pytest.mark.parametrize(
    "resource",
    [
        f"{HERE}:endpoint/demo-dev-*",
        f"{HERE}:*/demo-dev-*",
        f"{HERE}:training-job/pipelines-*",
        f"{HERE}:app/${{sagemaker:DomainId}}/*",
        "arn:aws:s3:::demo-dev-models-111122223333-us-east-1/*/artifacts/*",
        "arn:aws:ssm:us-east-1:111122223333:parameter/homeostat/demo/dev/*",
    ],
)
def test_the_teams_own_things_are(resource: str, tenant: Tenant) -> None:
    assert _answered(tenant, allow(["sagemaker:DescribeEndpoint"], [resource]))


@pytest.mark.parametrize(
    "resource",
    [
        f"{HERE}:endpoint/*",
        f"{HERE}:endpoint/demo-*",
        f"{HERE}:endpoint/*-demo-dev-*",
        "arn:aws:sagemaker:us-east-1:999999999999:endpoint/demo-dev-*",
        "arn:aws:s3:::demo-*/*",
        "arn:aws:s3:::*/demo-dev-models/*",
        "arn:aws:iam::111122223333:role/*",
        "*",
    ],
)
def test_other_things_are_not(resource: str, tenant: Tenant) -> None:
    assert not _answered(tenant, allow(["sagemaker:DeleteEndpoint"], [resource]))


def test_actions_without_resources_are(tenant: Tenant) -> None:
    assert _answered(tenant, allow(["xray:PutTraceSegments", "sagemaker:ListTrainingJobs"], ["*"]))


def test_one_action_that_could_be_limited_leaves_the_finding(tenant: Tenant) -> None:
    assert not _answered(tenant, allow(["xray:PutTraceSegments", "s3:GetObject"], ["*"]))
    assert not _answered(tenant, allow(["xray:PutTraceSegments"], ["*"]), allow(["s3:GetObject"], ["*"]))


def test_a_condition_on_the_teams_tag_is_as_good_as_a_name(tenant: Tenant) -> None:
    assert _answered(tenant, allow(["sagemaker:StopTrainingJob"], [f"{HERE}:training-job/*"], OWN_TAG))
    assert not _answered(tenant, allow(["sagemaker:StopTrainingJob"], [f"{HERE}:training-job/*"]))


def test_interfaces_of_the_network_have_no_names_of_the_teams(tenant: Tenant) -> None:
    anywhere = ["arn:aws:ec2:us-east-1:111122223333:*"]
    assert _answered(tenant, allow(["ec2:CreateNetworkInterface"], anywhere))
    assert _answered(tenant, allow(["ec2:DeleteSecurityGroup"], anywhere, OWN_TAG))
    assert not _answered(tenant, allow(["ec2:DeleteSecurityGroup"], anywhere))
    assert not _answered(tenant, allow(["ec2:RunInstances"], anywhere))


def test_an_answer_names_the_finding_as_cdk_nag_does(tenant: Tenant) -> None:
    (finding,) = acknowledged(tenant, [allow(["sagemaker:DescribeApp"], [f"{HERE}:app/${{sagemaker:DomainId}}/*"])])
    assert finding == f"AwsSolutions-IAM5[Resource::{HERE}:app/<sagemaker:DomainId>/*]"


def test_denials_and_exact_names_need_no_answer(tenant: Tenant) -> None:
    denial = {"Effect": "Deny", "Action": ["*"], "Resource": "*"}
    assert acknowledged(tenant, [denial, allow(["sns:Publish"], ["arn:aws:sns:us-east-1:1:demo-dev-topic"])]) == {}


def test_a_boundary_answers_actions_as_well(tenant: Tenant) -> None:
    found = acknowledged_in_a_limit([allow(["s3:*Object*"], ["arn:aws:s3:::demo-dev-*"])])
    assert set(found) == {
        "AwsSolutions-IAM5[Action::s3:*Object*]",
        "AwsSolutions-IAM5[Resource::arn:aws:s3:::demo-dev-*]",
    }
