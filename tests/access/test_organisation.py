"""The service control policy for the accounts of the teams: valid, short enough, and denying what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint
from hypothesis import given
from hypothesis import strategies as st
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from core.config.team import Team
from infra.organisation import LONGEST, TooLong, service_control_policy
from tests.access.test_policies import named
from tests.wiring.synthesis import ROOT
from tests.wiring.system import demo_team

ADMINISTRATOR = "arn:aws:iam::111122223333:role/administrator"
DEPLOYER = "arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1"


def denied(action: str, resource: str = "*", who: str = ADMINISTRATOR, region: str = "us-east-1", **keys: Any) -> bool:
    policy = service_control_policy([demo_team()])
    request = EvalContext(
        principal_arn=who,
        principal_type="AssumedRole",
        principal_account="111122223333",
        action=action,
        resource_arn=resource,
        region=region,
        service_context={name.lower(): value for name, value in keys.items()},
    )
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    decision: Any = evaluate(request, [parse_policy_document(everything), parse_policy_document(policy)])
    return bool(decision.decision == "Deny")


@pytest.mark.parametrize(
    ("action", "more", "expected"),
    [
        ("sagemaker:CreateModel", {"region": "ap-south-1"}, True),
        ("sagemaker:CreateModel", {}, False),
        ("iam:CreateRole", {"region": "aws-global"}, False),
        ("sagemaker:CreateTrainingJob", {"sagemaker:InstanceTypes": ["ml.p5.48xlarge"]}, True),
        ("sagemaker:CreateTrainingJob", {"sagemaker:InstanceTypes": ["ml.m5.24xlarge", "ml.p5.48xlarge"]}, True),
        ("sagemaker:CreateTrainingJob", {"sagemaker:InstanceTypes": ["ml.m5.24xlarge"]}, False),
        ("sagemaker:CreateApp", {"sagemaker:InstanceTypes": ["system"]}, False),
        ("sagemaker:CreateDomain", {}, True),
        ("sagemaker:CreateDomain", {"sagemaker:AppNetworkAccessType": "PublicInternetOnly"}, True),
        ("sagemaker:CreateDomain", {"sagemaker:AppNetworkAccessType": "VpcOnly"}, False),
        ("sagemaker:UpdateDomain", {"sagemaker:AppNetworkAccessType": "PublicInternetOnly"}, True),
        ("sagemaker:UpdateDomain", {}, False),
        ("sagemaker:CreateNotebookInstance", {"sagemaker:DirectInternetAccess": "Enabled"}, True),
        ("sagemaker:CreateNotebookInstance", {"sagemaker:DirectInternetAccess": "Disabled"}, False),
        ("cloudtrail:StopLogging", {}, True),
        ("cloudtrail:LookupEvents", {}, False),
        ("organizations:LeaveOrganization", {}, True),
        ("iam:AttachRolePolicy", {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"}, True),
        ("iam:AttachRolePolicy", {"iam:PolicyARN": "arn:aws:iam::111122223333:policy/own"}, False),
        ("iam:DeleteRolePermissionsBoundary", {}, True),
        ("iam:DeleteRolePermissionsBoundary", {"who": DEPLOYER}, False),
    ],
)
def test_it_denies_what_leads_around_the_platform(action: str, more: dict[str, Any], expected: bool) -> None:
    assert denied(action, **more) is expected


def test_only_a_deployment_changes_what_binds_the_roles() -> None:
    for lock in ("boundary", "guard-rails", "sizes"):
        policy = f"arn:aws:iam::111122223333:policy/demo-dev-{lock}"
        assert denied("iam:CreatePolicyVersion", policy)
        assert not denied("iam:CreatePolicyVersion", policy, who=DEPLOYER)
        assert denied("iam:DetachRolePolicy", **{"iam:PolicyARN": policy})
    for topic in ("everything", "s3-2", "sagemaker", "services"):
        assert denied("iam:CreatePolicyVersion", f"arn:aws:iam::111122223333:policy/demo-dev-shared-{topic}")
    assert not denied("iam:CreatePolicyVersion", "arn:aws:iam::111122223333:policy/demo-dev-sign-in")


@pytest.mark.slow
def test_it_is_valid_by_the_grammar_and_names_actions_that_exist() -> None:
    policy = service_control_policy([demo_team()])
    managed = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy}}
    found = lint(json.dumps({"Resources": {"Policy": managed}}), config=ManualArgs(regions=["us-east-1"]))
    assert [str(match) for match in found] == []
    sids = [statement["Sid"] for statement in policy["Statement"]]
    assert len(set(sids)) == len(sids)
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Deny"
        for action in statement.get("Action", statement.get("NotAction", [])):
            assert named(action), action


FAMILIES = [f"ml.{letter}{number}" for letter in "abcdefghijklmnopqrstuvwxyz" for number in range(20)]


def team(families: list[str]) -> Team:
    types = [f"{family}.large" for family in families]
    lists = dict.fromkeys(("training", "processing", "serving", "studio"), types[:48])
    basis = demo_team().model_dump(mode="json")
    return Team.model_validate({**basis, "instances": lists, "models": []})


@given(st.lists(st.lists(st.sampled_from(FAMILIES), min_size=1, max_size=48, unique=True), min_size=1, max_size=12))
def test_it_fits_into_the_organisation_or_says_that_it_does_not(wishes: list[list[str]]) -> None:
    teams = [team(families) for families in wishes]
    families = {family for wish in wishes for family in wish}
    if len(families) > 280:
        with pytest.raises(TooLong, match=f"takes {LONGEST}"):
            service_control_policy(teams)
    elif len(families) < 200:
        text = json.dumps(service_control_policy(teams), separators=(",", ":"))
        assert len(text) <= LONGEST
        assert all(f'"{family}.*"' in text for family in families)


@pytest.mark.slow
def test_one_command_writes_it(tmp_path: Path) -> None:
    out = tmp_path / "scp.json"
    done = subprocess.run(
        [sys.executable, "-m", "tools.scp", "--out", str(out)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(out.read_text()) == service_control_policy([demo_team()])
    assert f"of at most {LONGEST} characters" in done.stdout
