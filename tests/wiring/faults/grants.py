"""Mistakes about who may do what to what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from core.names import TEAM_TAG
from tests.wiring import check_grants
from tests.wiring.faults.seeding import (
    ROLE,
    Check,
    Fault,
    in_template,
    setting,
    text,
    without,
)
from tests.wiring.system import System


def faults() -> Iterator[Fault]:
    work, foreign = check_grants.each_role_may_do_its_work, check_grants.nobody_reaches_another_team
    roles = {
        name: {"RoleName": f"demo-dev-{name}"}
        for name in ("remediate", "promote", "settle", "monitor", "scheduler", "pipeline", "serving", "data-scientist")
    }
    start = "sagemaker:StartPipelineExecution"
    yield in_template("remediation may not start", work, ROLE, grant(start, None), **roles["remediate"])
    wrong = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/demo-dev-x"
    yield in_template("remediation may start another pipeline", work, ROLE, grant(start, wrong), **roles["remediate"])
    yield in_template(
        "remediation may start anybody's pipeline", foreign, ROLE, grant(start, "*"), **roles["remediate"]
    )
    near = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/demo-dev*"
    yield in_template("a prefix lost its hyphen", foreign, ROLE, grant(start, near), **roles["remediate"])
    yield taken(
        "the monitor may not publish",
        check_grants.monitors_write_their_own_metrics_only,
        "cloudwatch:PutMetricData",
        "monitor",
    )
    yield in_template(
        "the monitor may publish anything",
        check_grants.monitors_write_their_own_metrics_only,
        ROLE,
        more("cloudwatch:PutMetricData"),
        **roles["monitor"],
    )
    yield in_template("the monitor may not list", work, ROLE, grant("s3:ListBucket", None), **roles["monitor"])
    yield taken("the endpoint may not be captured", work, "s3:PutObject", "serving")
    yield taken("the schedule may not start the monitor", work, "sagemaker:CreateProcessingJob", "scheduler")
    yield in_template(
        "the schedule may not hand over the role", work, ROLE, grant("iam:PassRole", None), **roles["scheduler"]
    )
    yield in_template(
        "promotion may not hand over the role",
        work,
        ROLE,
        grant("iam:PassRole", "arn:aws:iam::000000000000:role/demo-dev-monitor"),
        **roles["promote"],
    )
    yield in_template("settling may not write the release", work, ROLE, grant("s3:PutObject", None), **roles["settle"])
    only = check_grants.remediation_starts_pipelines_and_nothing_else
    yield in_template(
        "remediation may train by itself", only, ROLE, more("sagemaker:CreateTrainingJob"), **roles["remediate"]
    )
    approves = check_grants.only_the_approver_approves
    yield in_template(
        "who trains may approve", approves, ROLE, more("sagemaker:UpdateModelPackage"), **roles["data-scientist"]
    )
    yield in_template(
        "the pipeline may approve", approves, ROLE, more("sagemaker:UpdateModelPackage"), **roles["pipeline"]
    )
    passes = check_grants.nobody_passes_a_role_that_is_not_a_jobs
    yield in_template(
        "a scientist may act as the approver", passes, ROLE, more("iam:PassRole"), **roles["data-scientist"]
    )
    elsewhere = check_grants.roles_go_to_sagemaker_only
    yield in_template("a role may go to any service", elsewhere, ROLE, more("iam:PassRole"), **roles["pipeline"])
    bounded = check_grants.every_role_is_bounded_and_trusts_one_service_for_us
    yield in_template(
        "a role has another boundary",
        bounded,
        ROLE,
        setting("PermissionsBoundary", to="arn:aws:iam::aws:policy/AdministratorAccess"),
    )
    yield in_template(
        "a role trusts the service for anybody",
        bounded,
        ROLE,
        without("AssumeRolePolicyDocument", "Statement", 0, "Condition"),
    )
    is_open = check_grants.no_statement_of_a_role_is_open
    yield in_template("a role may do everything with a service", is_open, ROLE, more("sagemaker:*"))
    yield in_template("a role may act on everything", is_open, ROLE, more("sagemaker:StopTrainingJob"))
    boundary = {"ManagedPolicyName": "demo-dev-boundary"}
    narrow = text("PolicyDocument", '"dynamodb:*Item*"', '"dynamodb:GetItem"')
    yield in_template("the boundary is narrower than the work", work, "AWS::IAM::ManagedPolicy", narrow, **boundary)
    walls = check_grants.walls_stand_whatever_a_role_is_granted
    for what, statement in (
        ("asks for no team's tag", f"aws:ResourceTag/{TEAM_TAG}"),
        ("lets out of the team's buckets", "arn:aws:s3:::demo-dev-*"),
    ):
        opened = text("PolicyDocument", statement, statement.replace("demo-dev-", "").replace("Resource", "Principal"))
        yield in_template(f"the boundary {what}", walls, "AWS::IAM::ManagedPolicy", opened, **boundary)


def grant(action: str, resource: str | None) -> Callable[[dict[str, Any]], None]:
    """Give the role's statement of an action another resource, or take the action away."""

    def change(role: dict[str, Any]) -> None:
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                if action in statement["Action"] and resource is None:
                    statement["Action"] = [each for each in statement["Action"] if each != action] or ["sts:None"]
                elif action in statement["Action"]:
                    statement["Resource"] = [resource]

    return change


def taken(name: str, caught_by: Check, action: str, role: str) -> Fault:
    """A grant that stands in a policy of several roles, no longer for this one."""

    def seed(system: System) -> System:
        deployed, changed = system.deployed.copy(), 0
        arn = system.arns.role(system.names.role(role))
        for policy in deployed.of("AWS::IAM::ManagedPolicy"):
            for statement in policy["PolicyDocument"]["Statement"]:
                named = statement.get("Condition", {}).get("ArnEquals", {}).get("aws:PrincipalArn", [])
                if arn in named and action in statement["Action"]:
                    statement["Condition"]["ArnEquals"]["aws:PrincipalArn"] = [each for each in named if each != arn]
                    changed += 1
        assert changed, f"{name} changes nothing"
        return replace(system, deployed=deployed)

    return Fault(name, caught_by, seed)


def more(action: str) -> Callable[[dict[str, Any]], None]:
    """One grant too much, within what the boundary lets through."""

    def change(role: dict[str, Any]) -> None:
        statement = {"Effect": "Allow", "Action": [action], "Resource": ["*"]}
        role["Policies"].append({"PolicyName": "more", "PolicyDocument": {"Statement": [statement]}})

    return change
