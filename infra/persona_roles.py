"""What a member may do in Studio, by the member's role."""

from __future__ import annotations

from collections.abc import Callable

from constructs import Construct

from core.config.studio import Role as Persona
from infra import grants
from infra.job_roles import ALL, ARTIFACTS, SAGEMAKER
from infra.roles import Role
from infra.statements import Statement, allow, pass_role
from infra.tenant import Tenant


def studio_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """What a user profile without a role of its own falls back to: it can open Studio and look around."""
    statements = [*_look_around(tenant), *grants.use_key(key_arn)]
    return Role(scope, "StudioRole", tenant, kind="studio", service=SAGEMAKER, grants=statements)


def persona_role(scope: Construct, tenant: Tenant, key_arn: str, persona: Persona) -> Role:
    statements = [*_look_around(tenant), *grants.use_key(key_arn), *GRANTS[persona](tenant, key_arn)]
    id = "".join(part.capitalize() for part in persona.split("-"))
    return Role(scope, f"{id}Role", tenant, kind=persona, service=SAGEMAKER, grants=statements)


def _ours(tenant: Tenant, *kinds: str) -> list[str]:
    return [tenant.arns.of("sagemaker", f"{kind}/{tenant.names.prefix}-*") for kind in kinds]


def _look_around(tenant: Tenant) -> list[Statement]:
    """Studio's own pages, and the person's own space and applications in the team's domain."""
    own = tenant.arns.of("sagemaker", "*/d-*/*")  # user profiles, spaces and apps are named below their domain
    lists = ["Domains", "UserProfiles", "Spaces", "Apps", "Pipelines", "ModelPackageGroups", "Endpoints", "Tags"]
    return [
        allow([f"sagemaker:List{kind}" for kind in lists], ["*"]),
        allow(["sagemaker:DescribeDomain"], [tenant.arns.of("sagemaker", "domain/*")]),
        allow(
            ["sagemaker:DescribeUserProfile", "sagemaker:DescribeSpace", "sagemaker:DescribeApp"],
            [own],
            {"StringEquals": {"aws:ResourceTag/homeostat": tenant.names.prefix}},
        ),
        allow(["sagemaker:CreateApp", "sagemaker:DeleteApp"], [own]),
        *grants.write_logs(tenant, ["studio"]),
    ]


def _analyst(tenant: Tenant, key_arn: str) -> list[Statement]:
    """Reads reports and metrics."""
    metrics = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "cloudwatch:DescribeAlarms"]
    return [*grants.read(tenant, "reports", ALL), allow(metrics, ["*"])]


def _data_scientist(tenant: Tenant, key_arn: str) -> list[Statement]:
    """An analyst who also explores data, runs jobs with the jobs' roles, and starts training pipelines."""
    verbs = ("Create", "Describe", "Stop")
    training = [f"sagemaker:{verb}TrainingJob" for verb in verbs]
    processing = [f"sagemaker:{verb}ProcessingJob" for verb in verbs]
    roles = [tenant.arns.role(tenant.names.role(kind)) for kind in ("training", "processing")]
    return [
        *_analyst(tenant, key_arn),
        *grants.read(tenant, "data", ALL),
        *grants.write(tenant, "data", ALL),
        *grants.read(tenant, "models", ARTIFACTS),
        allow([*training, *processing, "sagemaker:AddTags"], _ours(tenant, "training-job", "processing-job")),
        pass_role(roles, SAGEMAKER),
        *_run_pipelines(tenant),
        allow(["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"], _registry(tenant)),
    ]


def _ml_engineer(tenant: Tenant, key_arn: str) -> list[Statement]:
    """A data scientist who also reads captured requests and calls endpoints."""
    return [
        *_data_scientist(tenant, key_arn),
        *grants.read(tenant, "capture", ALL),
        allow(["sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"], _ours(tenant, "endpoint")),
        allow(
            ["sagemaker:DescribeEndpointConfig", "sagemaker:DescribeModel"], _ours(tenant, "endpoint-config", "model")
        ),
    ]


def _approver(tenant: Tenant, key_arn: str) -> list[Statement]:
    """An analyst who also says which package may be released. Nobody who trains may approve."""
    packages = _registry(tenant)
    return [
        *_analyst(tenant, key_arn),
        *grants.read(tenant, "models", ARTIFACTS),
        allow(["sagemaker:ListModelPackages"], ["*"]),
        allow(["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"], packages),
    ]


def _run_pipelines(tenant: Tenant) -> list[Statement]:
    actions = [
        "sagemaker:DescribePipeline",
        "sagemaker:StartPipelineExecution",
        "sagemaker:StopPipelineExecution",
        "sagemaker:DescribePipelineExecution",
        "sagemaker:ListPipelineExecutions",
        "sagemaker:ListPipelineExecutionSteps",
    ]
    return [allow(actions, _ours(tenant, "pipeline"))]


def _registry(tenant: Tenant) -> list[str]:
    return _ours(tenant, "model-package", "model-package-group")


GRANTS: dict[Persona, Callable[[Tenant, str], list[Statement]]] = {
    "data-scientist": _data_scientist,
    "ml-engineer": _ml_engineer,
    "approver": _approver,
    "analyst": _analyst,
}
