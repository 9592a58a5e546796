"""What roles are given: named roles and actions, a boundary, a trust that cannot be borrowed."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guard.control import Control, Subject, Subjects, always, of
from infra.guard.evaluation import denied
from infra.guard.policies import (
    allows,
    condition_keys,
    conditions,
    grants,
    matches,
    role_denials,
    role_grants,
    services,
    statements,
)
from infra.guard.stage import Stage, listed

ROLE = "AWS::IAM::Role"
PASS_ROLE, APPROVE, PRESIGN = "iam:PassRole", "sagemaker:UpdateModelPackage", "sagemaker:CreatePresignedDomainUrl"
EXECUTIONS = tuple(
    f"sagemaker:{action}"
    for action in (
        "DescribePipelineExecution",
        "ListPipelineExecutionSteps",
        "RetryPipelineExecution",
        "StopPipelineExecution",
        "UpdatePipelineExecution",
    )
)
APPROVER, RETRAINER = "approver", "remediate"
START = "sagemaker:StartPipelineExecution"
NOT_FOR_RETRAINER = tuple(
    f"sagemaker:{action}"
    for action in (
        "CreateTrainingJob",
        "CreateProcessingJob",
        "CreateTransformJob",
        "CreateHyperParameterTuningJob",
        "CreateAutoMLJob",
        "CreateEndpoint",
        "UpdateEndpoint",
        "UpdateModelPackage",
    )
)


def _passed_by_name(stage: Stage, subject: Subject) -> str | None:
    roles = listed(subject.value.get("Resource"))
    if wide := [role for role in roles if "*" in role]:
        return f"passes {', '.join(wide)}"
    if "iam:passedtoservice" not in condition_keys(subject.value):
        return f"passes {', '.join(roles)} to any service"
    return None


def _no_wildcard(stage: Stage, subject: Subject) -> str | None:
    if "NotAction" in subject.value:
        return "allows all actions but some"
    wide = [action for action in listed(subject.value.get("Action")) if "*" in action]
    return f"allows {', '.join(wide)}" if wide else None


def _no_aws_policy(stage: Stage, subject: Subject) -> str | None:
    foreign = [arn for arn in listed(subject.properties.get("ManagedPolicyArns")) if ":iam::aws:" in str(arn)]
    return f"carries {', '.join(foreign)}" if foreign else None


def _bounded(stage: Stage, subject: Subject) -> str | None:
    boundary = subject.properties.get("PermissionsBoundary")
    return None if boundary in {each.arn for each in stage.of("AWS::IAM::ManagedPolicy")} else f"boundary is {boundary}"


def _not_borrowed(stage: Stage, subject: Subject) -> str | None:
    for statement in statements(subject.properties.get("AssumeRolePolicyDocument")):
        if services(statement) and not condition_keys(statement) & {"aws:sourceaccount", "aws:sourcearn"}:
            return f"{', '.join(services(statement))} may assume it for any account"
    return None


def _own_executions(stage: Stage, subject: Subject) -> str | None:
    """Tags do not reach executions: only the name of the pipeline tells teams apart."""
    ours = f"arn:aws:sagemaker:{stage.region}:{stage.account}:pipeline/{stage.prefix}"
    anywhere = f"arn:aws:sagemaker:{stage.region}:{stage.account}:"
    wide = [
        resource
        for resource in listed(subject.value.get("Resource"))
        if not resource.startswith((ours, f"{anywhere}*/{stage.prefix}"))
        and matches(resource, f"{anywhere}pipeline/another-team/execution/1", ignore_case=False)
    ]
    return f"reaches {', '.join(wide)}" if wide else None


def _approves(stage: Stage, subject: Subject) -> str | None:
    """Whether the role could set a package to Approved: its grants let it, and nothing denies it."""
    role = subject.resource
    if role.name.endswith(f"-{APPROVER}"):
        return None
    package = f"arn:aws:sagemaker:{stage.region}:{stage.account}:model-package/{stage.prefix}model/1"
    context = {"sagemaker:modelapprovalstatus": ["Approved"], "aws:requestedregion": [stage.region]}
    for statement in role_grants(stage, role):
        if allows(statement, APPROVE) and "sagemaker:modelapprovalstatus" not in condition_keys(statement):
            return None if denied(role_denials(stage, role), APPROVE, package, context) else "may approve packages"
    return None


def _only_starts(stage: Stage, subject: Subject) -> str | None:
    ours = f"arn:aws:sagemaker:{stage.region}:{stage.account}:pipeline/{stage.prefix}"
    for statement in role_grants(stage, subject.resource):
        if wrong := [action for action in NOT_FOR_RETRAINER if allows(statement, action)]:
            return f"may {', '.join(wrong)}"
        if allows(statement, START) and not all(each.startswith(ours) for each in listed(statement["Resource"])):
            return f"may start {', '.join(listed(statement['Resource']))}"
    return None


def _own_profile(stage: Stage, subject: Subject) -> str | None:
    if not condition_keys(subject.value) & {"aws:sourcevpce", "aws:sourcevpc", "aws:sourceip", "aws:vpcsourceip"}:
        return "presigned URLs from anywhere"
    wide = [each for each in listed(subject.value.get("Resource")) if each.endswith(("user-profile/*", ":*", "*/*"))]
    tagged = any("aws:resourcetag" in key for keys in conditions(subject.value).values() for key in keys)
    return f"presigned URLs for {', '.join(wide)}" if wide and not tagged else None


def _granting(*actions: str) -> Subjects:
    """Grants of any of these actions."""

    def subjects(stage: Stage) -> Iterator[Subject]:
        return (each for each in grants(stage) if any(allows(each.value, action) for action in actions))

    return subjects


def _retrainer(stage: Stage) -> Iterator[Subject]:
    return (Subject(role, role.properties) for role in stage.of(ROLE) if role.name == f"{stage.prefix}{RETRAINER}")


GRANTS = (
    Control(
        "IAM-01",
        "Roles are passed by name, to a named service",
        "role ARNs without * and iam:PassedToService",
        _granting(PASS_ROLE),
        _passed_by_name,
        needed=always,
    ),
    Control(
        "IAM-02",
        "No wildcard actions",
        "actions by name (a boundary grants nothing: IAM-04, decision 0009)",
        grants,
        _no_wildcard,
        needed=always,
    ),
    Control(
        "IAM-03", "No policies of AWS's own", "policies of this environment", of(ROLE), _no_aws_policy, needed=always
    ),
    Control(
        "IAM-04",
        "Every role has the team's boundary",
        "a managed policy of this environment",
        of(ROLE),
        _bounded,
        needed=always,
    ),
    Control(
        "IAM-05",
        "A service assumes a role for this account only",
        "aws:SourceAccount or aws:SourceArn in the trust",
        of(ROLE),
        _not_borrowed,
        needed=always,
    ),
    Control(
        "IAM-11",
        "Pipeline executions are reached by the name of the team's pipelines",
        "pipeline/<team>-<environment>-*",
        _granting(*EXECUTIONS),
        _own_executions,
        needed=always,
    ),
    Control(
        "IAM-12",
        "Only approvers approve",
        f"a role named *-{APPROVER}, or sagemaker:ModelApprovalStatus denied",
        of(ROLE),
        _approves,
        needed=always,
    ),
    Control(
        "IAM-13",
        "The retraining function starts the team's pipelines and nothing else",
        "StartPipelineExecution on pipeline/<team>-<environment>-*; no Create*Job, no UpdateEndpoint",
        _retrainer,
        _only_starts,
        needed=always,
    ),
    Control(
        "IAM-14",
        "A presigned URL opens one's own profile, from the team's network",
        "a user profile of one's own and aws:SourceVpce or an address range",
        _granting(PRESIGN),
        _own_profile,
        absent="No role of the team is granted it.",
    ),
)
