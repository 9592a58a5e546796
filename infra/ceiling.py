"""The most that any role of the team can be allowed: what its boundary lets through before the walls deny from it."""

from __future__ import annotations

from infra.canvas import PERSONAS as CANVAS_PERSONAS
from infra.statements import Statement, allow, pass_role
from infra.tenant import Tenant

PASSED = ("training", "processing", "monitor", "serving")
"""Roles that a role of the team may hand over to SageMaker. Almost all others are handed over by CloudFormation."""
USES = (
    "athena:*",
    "budgets:ViewBudget",
    "cloudformation:*",
    "cloudwatch:*",
    "codebuild:*",
    "dynamodb:*Item*",
    "ecr:*",
    "glue:*",
    "lambda:InvokeFunction",
    "logs:*",
    "s3:*Multipart*",
    "s3:*Object*",
    "s3:GetBucket*",
    "s3:ListBucket*",
    "sns:Publish",
    "sqs:*Message*",
    "sqs:GetQueue*",
    "ssm:GetParameter*",
    "ssm:PutParameter",
)
"""What can be done to what is the team's own: its use, never its administration where that could open it to others."""
SHARED = (
    "application-autoscaling:*",
    "cloudformation:GetTemplateSummary",
    "cloudformation:ValidateTemplate",
    "cloudwatch:Describe*",
    "cloudwatch:GetMetric*",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "ec2:*",
    "ecr:GetAuthorizationToken",
    "elasticfilesystem:*",
    "logs:DescribeLogGroups",
    "sagemaker:*",
    "servicequotas:*",
    "xray:*",
)
"""What is named by AWS, or takes no resource. The walls stand around SageMaker; the rest makes nothing and tells
nothing that is a secret."""
EMPTIED = ("backup:DeleteRecoveryPoint", "backup:ListRecoveryPointsByBackupVault")
"""Where data may be destroyed: a vault is deleted only empty."""
KEY_USE = ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*")


def ceiling(tenant: Tenant) -> list[Statement]:
    here = {"StringEquals": {"aws:RequestedRegion": tenant.region}}
    licensed = ["license-manager:*"] if tenant.team.studio.rstudio else []
    shared = [*SHARED, *licensed, *(EMPTIED if tenant.destroys_data else [])]
    return [
        allow(USES, [*_named(tenant), *_queried(tenant)]),
        allow(["s3:GetObject*"], [tenant.arns.bucket(f"cdk-*-assets-{tenant.account}-{tenant.region}/*")]),
        allow(shared, ["*"], here),
        _key(tenant),
        *_passing(tenant),
    ]


def _named(tenant: Tenant) -> list[str]:
    """Whatever is named after the team, in the forms of name that services have: `prefix-x` behind a colon or a slash,
    and paths with the prefix in them."""
    of, prefix = tenant.arns.of, tenant.names.prefix
    parameters = of("ssm", f"parameter{tenant.names.parameters}")
    return [
        tenant.arns.bucket(f"{prefix}-*"),
        of("*", f"{prefix}-*"),  # topics, queues
        of("*", f"*:{prefix}-*"),  # functions, alarms
        of("*", f"*/{prefix}-*"),  # tables, builds, log groups
        of("*", f"*/{prefix}/*"),  # repositories, the platform's own log groups
        f"arn:aws:*::{tenant.account}:*/{prefix}*",  # dashboards, budgets
        parameters,
        f"{parameters}/*",
        of("logs", "log-group:/aws/sagemaker/*"),  # SageMaker writes the logs of all teams into the same groups
        *([of("cloudformation", "stack/SP-*")] if tenant.team.projects else []),  # so SageMaker calls its projects'
    ]


def _queried(tenant: Tenant) -> list[str]:
    of, database = tenant.arns.of, tenant.names.database
    tables = [of("glue", what) for what in ("catalog", f"database/{database}", f"table/{database}/*")]
    return [of("athena", f"workgroup/{tenant.names.workgroup}"), *tables]


def _key(tenant: Tenant) -> Statement:
    """Every key that bears the team's alias, which is the team's one key."""
    actions = [f"kms:{use}" for use in KEY_USE]
    own = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": tenant.names.key_alias}}
    return allow(actions, [tenant.arns.of("kms", "key/*")], own)


def _passing(tenant: Tenant) -> list[Statement]:
    canvas = CANVAS_PERSONAS if tenant.team.studio.canvas else ()
    roles = [tenant.arns.role(tenant.names.role(kind)) for kind in (*PASSED, *canvas)]
    return [
        pass_role(roles, "sagemaker.amazonaws.com"),
        *(_launching(tenant) if tenant.team.projects else []),
        allow(["iam:CreateServiceLinkedRole"], [tenant.arns.role("aws-service-role/*")]),
    ]


def _launching(tenant: Tenant) -> list[Statement]:
    """A project's resources are made by CloudFormation, with the role for that; it hands over that of builds."""
    launch, build = (tenant.arns.role(tenant.names.role(f"project-{kind}")) for kind in ("launch", "build"))
    return [pass_role([launch], "cloudformation.amazonaws.com"), pass_role([build], "codebuild.amazonaws.com")]
