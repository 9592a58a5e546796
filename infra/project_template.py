"""The CloudFormation template of a SageMaker project, as SageMaker hands it to CloudFormation for a member."""

from __future__ import annotations

import json
from typing import Any

from core.contracts.projects import (
    LOCATION_TAG,
    MODEL_VARIABLE,
    PROJECT_VARIABLE,
    TEMPLATES,
    build_of,
    seed_key,
    source_key,
)
from core.names import PROJECT_LONGEST
from infra.image_build import IMAGE
from infra.network import NetworkIds
from infra.tenant import Tenant

NAME, ID, MODEL = "SageMakerProjectName", "SageMakerProjectId", "ModelName"
"""Parameters; SageMaker itself fills the first two."""
BUILD = build_of(f"${{{NAME}}}")
TIMEOUT_MINUTES = 60
SHORTEST_NAME = 8
"""Characters that are left for a project's own name behind the team's prefix."""


def project_template(tenant: Tenant, *, network: NetworkIds, key_arn: str, role_arn: str) -> str:
    """As JSON, which is YAML as well; Studio shows templates whose name ends in .yaml.

    Raises ValueError where the team's names leave no room for a project's.
    """
    room = PROJECT_LONGEST - len(tenant.names.project(""))
    if room < SHORTEST_NAME:
        raise ValueError(
            f"names of projects have {PROJECT_LONGEST} characters, and {tenant.names.prefix}- leaves {room} of them: "
            "use a shorter name of the team or environment, or `projects: false`"
        )
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Code for a model of {tenant.names.prefix}: tests, labelled rows, and a run of its pipeline",
        "Parameters": _parameters(tenant),
        "Resources": {
            "Log": {"Type": "AWS::Logs::LogGroup", "Properties": _log(tenant, key_arn)},
            "Build": {
                "Type": "AWS::CodeBuild::Project",
                "Properties": _build(tenant, network, role_arn),
                "DependsOn": "Log",
            },
        },
        "Outputs": _outputs(tenant),
    }
    return json.dumps(template)


def template_tags(tenant: Tenant) -> list[dict[str, str]]:
    """Of the domain: by them Studio finds the team's templates. Empty where there are none."""
    if not tenant.team.projects or not tenant.team.models:
        return []
    return [{"Key": LOCATION_TAG, "Value": f"s3://{tenant.bucket('projects')}/{TEMPLATES}"}]


def _parameters(tenant: Tenant) -> dict[str, Any]:
    models = [model.name for model in tenant.team.models]
    return {
        NAME: {
            "Type": "String",
            "Description": f"Name of the project; it begins with {tenant.names.prefix}-",
            "MaxLength": PROJECT_LONGEST,
            "AllowedPattern": f"^{tenant.names.prefix}-[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
            "ConstraintDescription": f"begins with {tenant.names.prefix}-, then letters, digits and hyphens",
        },
        ID: {"Type": "String", "Description": "Id that SageMaker gives the project"},
        MODEL: {
            "Type": "String",
            "Description": "The team's model that the code is for",
            "AllowedValues": models,
            "Default": models[0],
        },
    }


def _log(tenant: Tenant, key_arn: str) -> dict[str, Any]:
    return {
        "LogGroupName": _sub(f"/aws/codebuild/{BUILD}"),
        "RetentionInDays": tenant.environment.retention.log_days,
        "KmsKeyId": key_arn,
        "Tags": _tags(tenant),
    }


def _build(tenant: Tenant, network: NetworkIds, role_arn: str) -> dict[str, Any]:
    source = f"{tenant.bucket('projects')}/{source_key(f'${{{NAME}}}')}"
    variables = {PROJECT_VARIABLE: NAME, MODEL_VARIABLE: MODEL}
    return {
        "Name": _sub(BUILD),
        "Description": _sub(f"Code of project ${{{NAME}}} for model ${{{MODEL}}}"),
        "ServiceRole": role_arn,
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Source": {"Type": "S3", "Location": _sub(source)},
        "Environment": {
            "Type": "LINUX_CONTAINER",
            "Image": IMAGE,
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "EnvironmentVariables": [{"Name": name, "Value": {"Ref": value}} for name, value in variables.items()],
        },
        "VpcConfig": {
            "VpcId": network.vpc,
            "Subnets": list(network.subnets),
            "SecurityGroupIds": [network.security_group],
        },
        "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": _sub(f"/aws/codebuild/{BUILD}")}},
        "TimeoutInMinutes": TIMEOUT_MINUTES,
        "ConcurrentBuildLimit": 1,
        "Tags": _tags(tenant),
    }


def _outputs(tenant: Tenant) -> dict[str, Any]:
    bucket = tenant.bucket("projects")
    return {
        "Seed": {
            "Description": "Seed code to begin with: unpack it into the repository",
            "Value": _sub(f"s3://{bucket}/{seed_key(f'${{{MODEL}}}')}"),
        },
        "Push": {"Description": "Run this in the repository", "Value": _sub(f"python push.py ${{{NAME}}}")},
    }


def _sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def _tags(tenant: Tenant) -> list[dict[str, Any]]:
    own = [{"Key": key, "Value": value} for key, value in tenant.tags.items()]
    return [
        *own,
        {"Key": "sagemaker:project-name", "Value": {"Ref": NAME}},
        {"Key": "sagemaker:project-id", "Value": {"Ref": ID}},
    ]
