"""The most that any role of the team can be allowed: what its boundary lets through before the walls deny from it.

Written as denies of everything else: an action that no list here names is denied, whatever AWS adds to its services.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from infra.canvas import PERSONAS as CANVAS_PERSONAS
from infra.statements import Conditions, Statement, allow, deny, deny_but
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
    "scheduler:Get*",
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
KEY_USES = ("kms:*crypt*", "kms:CreateGrant", "kms:DescribeKey", "kms:GenerateDataKey*")
GLOBAL = "us-east-1"
"""Where AWS answers for services without regions: IAM, Budgets."""
WITHOUT_REGION = ("budgets:*", "cloudwatch:GetDashboard", "iam:*", "s3:*")
PASS_ROLE, LINK_ROLE = "iam:PassRole", "iam:CreateServiceLinkedRole"


def ceiling(tenant: Tenant) -> list[Statement]:
    licensed = ["license-manager:*"] if tenant.team.studio.rstudio else []
    apart = [*SHARED, *licensed, *(EMPTIED if tenant.destroys_data else []), PASS_ROLE]
    assets = [tenant.arns.bucket(f"cdk-*-assets-{tenant.account}-{tenant.region}/*")]
    own = [*_named(tenant), *_queried(tenant), tenant.arns.of("kms", "key/*"), tenant.arns.role("aws-service-role/*")]
    new = [each for each in apart if not any(fnmatchcase(each, use) for use in USES)]
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": tenant.region}}
    return [
        allow(["*"], ["*"], {"StringEquals": {"aws:RequestedRegion": sorted({tenant.region, GLOBAL})}}),
        deny_but([*USES, *KEY_USES, LINK_ROLE, *new]),
        deny_but(apart, elsewhere_than=[*own, *assets]),
        deny_but(["s3:GetObject*"], on=assets),
        deny_but(WITHOUT_REGION, elsewhere),
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
    """Every key that does not bear the team's alias; the team has one key. A key without any alias is nobody's."""
    return deny(KEY_USES, {"ForAllValues:StringNotEquals": {"kms:ResourceAliases": tenant.names.key_alias}})


def _passing(tenant: Tenant) -> list[Statement]:
    """Other roles, and these to other services than their own.

    A project's resources are made by CloudFormation, with the role for that; it hands over that of builds.
    """
    kinds = (*PASSED, *(CANVAS_PERSONAS if tenant.team.studio.canvas else ()))
    roles = [tenant.arns.role(tenant.names.role(kind)) for kind in kinds]
    others = {
        service: tenant.arns.role(tenant.names.role(kind))
        for service, kind in (("cloudformation", "project-launch"), ("codebuild", "project-build"))
        if tenant.team.projects
    }
    return [
        deny([PASS_ROLE], elsewhere_than=[*roles, *others.values()]),
        deny([PASS_ROLE], _to_others_than("sagemaker"), elsewhere_than=list(others.values())),
        *(deny([PASS_ROLE], _to_others_than(service), on=[role]) for service, role in others.items()),
    ]


def _to_others_than(service: str) -> Conditions:
    return {"StringNotEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}
