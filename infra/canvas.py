"""SageMaker Canvas: what the domain says of it, and what the members' roles need for it."""

from __future__ import annotations

from typing import Any

from core.config.studio import Role as Persona
from core.contracts.domain_settings import CanvasSettings
from infra.statements import Statement, allow, pass_role
from infra.tenant import Tenant

PERSONAS: tuple[Persona, ...] = ("data-scientist", "ml-engineer", "analyst")
"""Who makes models with Canvas. Approvers look at what others made."""
SAGEMAKER = "sagemaker.amazonaws.com"
CANVAS = "*/?anvas*"
"""What Canvas makes, of whatever kind: it writes its own name with a large or a small letter."""


def canvas_settings(tenant: Tenant, key_arn: str) -> CanvasSettings | None:
    """None where the team has no Canvas."""
    canvas = tenant.team.studio.canvas
    if canvas is None:
        return None
    return CanvasSettings(
        artifacts=f"s3://{tenant.bucket('data')}/{tenant.names.canvas_prefix}",
        key=key_arn,
        register=canvas.register_models,
        deploy=canvas.deploy_models,
        forecast=canvas.forecast,
    )


def uploads(tenant: Tenant) -> dict[str, Any]:
    """What the data bucket answers to Canvas in a browser, which posts a file there (SageMaker developer guide,
    "Grant your users permissions to upload local files"). Nothing where the team has no Canvas.

    Canvas is shown below the domain's own address, whose first part AWS generates after the bucket is there. The rule
    grants nothing: the request is signed in the member's name, and comes from the team's VPC or is denied.
    """
    if tenant.team.studio.canvas is None:
        return {}
    page = f"https://*.studio.{tenant.region}.sagemaker.aws"
    rule = {"Id": "canvas-uploads", "AllowedOrigins": [page], "AllowedMethods": ["POST"], "AllowedHeaders": ["*"]}
    return {"CorsConfiguration": {"CorsRules": [rule]}}


def use_canvas(tenant: Tenant, persona: Persona, domain_arn: str) -> list[Statement]:
    """Canvas acts with the member's own role. It names what it makes `Canvas...` or `canvas...` and tags it with its
    domain: a member can start such things, and reach those of the team's own domain."""
    canvas = tenant.team.studio.canvas
    if canvas is None or persona not in PERSONAS:
        return []
    ours = {"StringEquals": {"aws:ResourceTag/sagemaker:domain-arn": domain_arn}}
    making, using = [*MAKE_MODELS], [*USE_MODELS]
    if canvas.register_models:  # a package still needs its approver
        making += ["sagemaker:CreateModelPackage", "sagemaker:CreateModelPackageGroup"]
        using += ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"]
    if canvas.deploy_models:
        making += [f"sagemaker:Create{what}" for what in ENDPOINTS]
        using += [f"sagemaker:{verb}{what}" for verb in ("Describe", "Delete") for what in ENDPOINTS]
        using += ["sagemaker:UpdateEndpoint", "sagemaker:InvokeEndpoint"]
    named = [tenant.arns.of("sagemaker", CANVAS)]
    return [
        *_files(tenant),
        allow([*making, "sagemaker:AddTags"], named),
        allow(["sagemaker:ListCandidatesForAutoMLJob"], ["*"]),  # AWS takes no resource here
        allow(using, named, ours),
        pass_role([tenant.arns.role(tenant.names.role(persona))], SAGEMAKER),
    ]


JOBS = ("TrainingJob", "TransformJob", "ProcessingJob", "HyperParameterTuningJob")
ENDPOINTS = ("Endpoint", "EndpointConfig")
MAKE_MODELS = tuple(f"sagemaker:Create{what}" for what in ("AutoMLJobV2", *JOBS, "Model"))
USE_MODELS = (
    *(f"sagemaker:{verb}{job}" for verb in ("Describe", "Stop") for job in ("AutoMLJob", *JOBS)),
    "sagemaker:DescribeAutoMLJobV2",
    "sagemaker:DescribeModel",
    "sagemaker:DeleteModel",
)


def _files(tenant: Tenant) -> list[Statement]:
    bucket = tenant.arns.bucket(tenant.bucket("data"))
    objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    below = {"StringLike": {"s3:prefix": [f"{tenant.names.canvas_prefix}*"]}}
    return [
        allow(objects, [f"{bucket}/{tenant.names.canvas_prefix}*"]),
        allow(["s3:ListBucket"], [bucket], below),
        allow(["s3:GetBucketLocation", "s3:GetBucketCORS"], [bucket]),
    ]
