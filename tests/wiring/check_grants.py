"""Who may do what to what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.contracts.metrics import DATA, EXPLAINABILITY, HOMEOSTAT, QUALITY
from core.names import TEAM_TAG
from tests.wiring.access import granted, let_through, may
from tests.wiring.calls import PASSED_TO_SAGEMAKER, calls, sagemaker
from tests.wiring.system import HANDLERS, System


def _role(system: System, kind: str) -> str:
    return system.names.role(kind)


def each_role_may_do_its_work(system: System) -> None:
    for kind, action, resource, context in calls(system):
        allowed = may(system.deployed, _role(system, kind), action, resource, context)
        assert allowed, f"{kind} may not {action} on {resource}"


def nobody_reaches_another_team(system: System) -> None:
    """The same calls on the resources of teams whose names are near."""
    prefix = system.names.prefix
    for rival in ("demodev-x", "demo-dev2", "xdemo-dev", "demo-prod"):
        for kind, action, resource, context in calls(system):
            foreign = resource.replace(prefix, rival).replace(system.names.parameters, "/homeostat/rival/dev")
            if foreign != resource:
                allowed = granted(system.deployed, _role(system, kind), action, foreign, context)
                assert not allowed, f"{kind} may {action} on {foreign} of another team"


def walls_stand_whatever_a_role_is_granted(system: System) -> None:
    """The same calls on another team's things, by roles that were granted everything."""
    prefix, of = system.names.prefix, {f"aws:ResourceTag/{TEAM_TAG}": "other-dev"}
    for kind, action, resource, context in calls(system):
        foreign = resource.replace(prefix, "other-dev").replace(system.names.parameters, "/homeostat/other/dev")
        if foreign != resource:
            passed = let_through(system.deployed, _role(system, kind), action, foreign, {**context, **of})
            assert not passed, f"nothing stops {kind} from {action} on {foreign} of another team"


def roles_go_to_sagemaker_only(system: System) -> None:
    for kind, action, resource, _ in calls(system):
        if action == "iam:PassRole":
            for service in ("lambda.amazonaws.com", "ec2.amazonaws.com"):
                context = {"iam:PassedToService": service}
                assert not granted(system.deployed, _role(system, kind), action, resource, context), (
                    f"{kind} to {service}"
                )


def nobody_passes_a_role_that_is_not_a_jobs(system: System) -> None:
    powerful = [system.names.role(kind) for kind in (*HANDLERS, "pipeline", "scheduler", "approver")]
    for role in system.deployed.of("AWS::IAM::Role"):
        for passed in powerful:
            arn, name = system.arns.role(passed), role["RoleName"]
            allowed = granted(system.deployed, name, "iam:PassRole", arn, PASSED_TO_SAGEMAKER)
            assert not allowed, f"{name} could act as {passed}"


def remediation_starts_pipelines_and_nothing_else(system: System) -> None:
    names = system.names.model(system.models[0].name)
    costly = {
        "CreateTrainingJob": "training-job/demo-dev-x",
        "CreateProcessingJob": "processing-job/demo-dev-x",
        "CreateEndpoint": f"endpoint/{names.endpoint}",
        "UpdateEndpoint": f"endpoint/{names.endpoint}",
        "UpdateModelPackage": f"model-package/{names.package_group}/1",
        "UpdatePipeline": f"pipeline/{names.pipeline}",
    }
    for operation, resource in costly.items():
        action = f"sagemaker:{operation}"
        assert not granted(system.deployed, _role(system, "remediate"), action, sagemaker(system, resource)), action


def only_the_approver_approves(system: System) -> None:
    package = sagemaker(system, f"model-package/{system.names.model(system.models[0].name).package_group}/1")
    approved = {"sagemaker:ModelApprovalStatus": "Approved"}
    approvers = {
        role["RoleName"]
        for role in system.deployed.of("AWS::IAM::Role")
        if granted(system.deployed, role["RoleName"], "sagemaker:UpdateModelPackage", package, approved)
    }
    assert approvers == {system.names.role("approver")}


def monitors_write_their_own_metrics_only(system: System) -> None:
    role = _role(system, "monitor")
    for namespace in (HOMEOSTAT, DATA, QUALITY, EXPLAINABILITY):
        context = {"cloudwatch:namespace": namespace}
        assert may(system.deployed, role, "cloudwatch:PutMetricData", "*", context), namespace
    others = {"cloudwatch:namespace": "AWS/Billing"}
    assert not may(system.deployed, role, "cloudwatch:PutMetricData", "*", others)


def every_role_is_bounded_and_trusts_one_service_for_us(system: System) -> None:
    for role in system.deployed.of("AWS::IAM::Role"):
        name = role["RoleName"]
        assert role["PermissionsBoundary"] == system.arns.policy(f"{system.names.prefix}-boundary"), name
        for arn in role.get("ManagedPolicyArns", ()):
            assert arn.startswith(system.arns.policy(f"{system.names.prefix}-")), f"{name} carries {arn}"
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert isinstance(statement["Principal"]["Service"], str), name
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == system.deployed.account, name


def no_statement_of_a_role_is_open(system: System) -> None:
    """No action by wildcard; every resource only where the action takes none."""
    for role in system.deployed.of("AWS::IAM::Role"):
        statements = [each for each in statements_of(system, role) if each["Effect"] == "Allow"]
        for statement in statements:
            assert not [action for action in statement["Action"] if "*" in action], role["RoleName"]
            if statement["Resource"] == ["*"]:
                open_ones = [action for action in statement["Action"] if not _takes_no_resource(action, statement)]
                assert not open_ones, f"{role['RoleName']} may {open_ones} on everything"


def statements_of(system: System, role: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Statements of its own policy and of those that it carries."""
    names = [arn.rpartition("/")[2] for arn in role.get("ManagedPolicyArns", ())]
    carried = [
        policy for policy in system.deployed.of("AWS::IAM::ManagedPolicy") if policy["ManagedPolicyName"] in names
    ]
    return [each for policy in [*role["Policies"], *carried] for each in policy["PolicyDocument"]["Statement"]]


def _takes_no_resource(action: str, statement: Mapping[str, Any]) -> bool:
    """Or is limited by a condition on the request; one on the role says only whose grant it is."""
    verb, asked = action.partition(":")[2], statement.get("Condition", {})
    limits = {key for keys in asked.values() for key in keys} - {"aws:PrincipalArn"}
    known = (
        "cloudformation:ValidateTemplate",
        "ecr:GetAuthorizationToken",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    )
    return action in known or verb.startswith(("Describe", "List", "Get")) or bool(limits)


CHECKS = (
    each_role_may_do_its_work,
    nobody_reaches_another_team,
    walls_stand_whatever_a_role_is_granted,
    roles_go_to_sagemaker_only,
    nobody_passes_a_role_that_is_not_a_jobs,
    remediation_starts_pipelines_and_nothing_else,
    only_the_approver_approves,
    monitors_write_their_own_metrics_only,
    every_role_is_bounded_and_trusts_one_service_for_us,
    no_statement_of_a_role_is_open,
)
