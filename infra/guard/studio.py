"""Where people work: notebook instances, the domain, its members and their spaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.guard.control import Control, Subject, always, of
from infra.guard.policies import allows, condition_keys, role_grants
from infra.guard.stage import Stage

NOTEBOOK, DOMAIN = "AWS::SageMaker::NotebookInstance", "AWS::SageMaker::Domain"
NO_NOTEBOOK = "A team has notebook instances only where its file names some."
APPS = ("JupyterLabAppSettings", "CodeEditorAppSettings")
LONGEST_IDLE_MINUTES = 525_600
"""A year: what SageMaker itself accepts. The team's own limit stands in its file."""


def _no_direct_internet(stage: Stage, subject: Subject) -> str | None:
    return _is(subject.properties, "DirectInternetAccess", "Disabled")


def _no_root(stage: Stage, subject: Subject) -> str | None:
    return _is(subject.properties, "RootAccess", "Disabled")


def _in_subnet(stage: Stage, subject: Subject) -> str | None:
    return None if subject.properties.get("SubnetId") else "no SubnetId"


def _own_key(stage: Stage, subject: Subject) -> str | None:
    key = subject.properties.get("KmsKeyId")
    return None if key in stage.keys else f"KmsKeyId is {key}"


def _vpc_only(stage: Stage, subject: Subject) -> str | None:
    return _is(subject.properties, "AppNetworkAccessType", "VpcOnly")


def _audited(stage: Stage, subject: Subject) -> str | None:
    return _is(subject.properties.get("DomainSettings", {}), "ExecutionRoleIdentityConfig", "USER_PROFILE_NAME")


def _sign_in(stage: Stage, subject: Subject) -> str | None:
    """With IAM, a presigned URL is the way in: no role of the team may make one without a condition."""
    mode = subject.properties.get("AuthMode")
    if mode == "SSO":
        return None
    if mode != "IAM":
        return f"AuthMode is {mode}"
    for role in stage.of("AWS::IAM::Role"):
        for statement in role_grants(stage, role):
            if allows(statement, "sagemaker:CreatePresignedDomainUrl") and not condition_keys(statement):
                return f"AuthMode is IAM and role {role.name} makes presigned URLs for anybody and from anywhere"
    return None


def _sharing(stage: Stage, subject: Subject) -> str | None:
    for settings in _user_settings(subject):
        sharing = settings.get("SharingSettings", {})
        if sharing.get("NotebookOutputOption") == "Allowed" and sharing.get("S3KmsKeyId") not in stage.keys:
            return f"notebook output is shared, encrypted with {sharing.get('S3KmsKeyId')}"
    return None


def _user_settings(subject: Subject) -> Iterator[dict[str, Any]]:
    for name in ("DefaultUserSettings", "UserSettings"):
        if name in subject.properties:
            yield subject.properties[name]


def _own_role(stage: Stage, subject: Subject) -> str | None:
    """A profile runs with a role of this team; a space belongs to a profile."""
    if subject.resource.type == "AWS::SageMaker::Space":
        owner = subject.properties.get("OwnershipSettings", {}).get("OwnerUserProfileName")
        return None if owner and subject.properties.get("SpaceSharingSettings") else "no OwnershipSettings"
    role = subject.properties.get("UserSettings", {}).get("ExecutionRole")
    return None if role in {each.arn for each in stage.of("AWS::IAM::Role")} else f"ExecutionRole is {role}"


def _idle_shutdown(stage: Stage, subject: Subject) -> str | None:
    settings = subject.properties.get("DefaultUserSettings", {})
    for app in APPS:
        idle = settings.get(app, {}).get("AppLifecycleManagement", {}).get("IdleSettings", {})
        if idle.get("LifecycleManagement") != "ENABLED":
            return f"{app} has no idle shutdown"
        longest = idle.get("MaxIdleTimeoutInMinutes")
        if not longest or longest >= LONGEST_IDLE_MINUTES:
            return f"MaxIdleTimeoutInMinutes of {app} is {longest}"
    return None


def _is(properties: Any, name: str, wanted: str) -> str | None:
    found = properties.get(name)
    return None if found == wanted else f"{name} is {found}"


def _has_members(stage: Stage) -> bool:
    return any(stage.of("AWS::SageMaker::Space"))


STUDIO = (
    Control(
        "SM-01", "No notebook instance reaches the internet directly", "DirectInternetAccess: Disabled",
        of(NOTEBOOK), _no_direct_internet, absent=NO_NOTEBOOK,
    ),
    Control(
        "SM-02", "Notebook instances lie in a VPC subnet", "a SubnetId", of(NOTEBOOK), _in_subnet, absent=NO_NOTEBOOK
    ),
    Control(
        "SM-03", "Nobody is root on a notebook instance", "RootAccess: Disabled",
        of(NOTEBOOK), _no_root, absent=NO_NOTEBOOK,
    ),
    Control(
        "SM-17", "Notebook instances are encrypted with the team's key", "KmsKeyId of a key of this environment",
        of(NOTEBOOK), _own_key, absent=NO_NOTEBOOK,
    ),
    Control("SM-19", "Studio stays in the VPC", "AppNetworkAccessType: VpcOnly", of(DOMAIN), _vpc_only, needed=always),
    Control(
        "SM-20", "The domain is encrypted with the team's key", "KmsKeyId of a key of this environment",
        of(DOMAIN), _own_key, needed=always,
    ),
    Control(
        "SM-21", "The audit trail names the person behind a role",
        "ExecutionRoleIdentityConfig: USER_PROFILE_NAME", of(DOMAIN), _audited, needed=always,
    ),
    Control(
        "SM-22", "Members sign in by SSO, or by IAM with limited presigned URLs",
        "AuthMode: SSO, or IAM where every grant of CreatePresignedDomainUrl has a condition",
        of(DOMAIN), _sign_in, needed=always,
    ),
    Control(
        "SM-23", "Shared notebook output is off or encrypted", "NotebookOutputOption: Disabled, or a team S3KmsKeyId",
        of(DOMAIN, "AWS::SageMaker::UserProfile"), _sharing, needed=always,
    ),
    Control(
        "SM-24", "A profile has the team's role, a space has an owner",
        "ExecutionRole of this environment; OwnershipSettings and SpaceSharingSettings",
        of("AWS::SageMaker::UserProfile", "AWS::SageMaker::Space"), _own_role, needed=_has_members,
        absent="A team may have no members yet.",
    ),
    Control(
        "SM-25", "Idle applications are stopped", "LifecycleManagement: ENABLED and a MaxIdleTimeoutInMinutes",
        of(DOMAIN), _idle_shutdown, needed=always,
    ),
)  # fmt: skip
