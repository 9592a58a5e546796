"""One role for each kind of job, beside what it may read and write."""

from __future__ import annotations

from constructs import Construct

from core.contracts.batch import ANSWERS
from core.contracts.batch_metrics import NAMESPACES
from core.names import TEAM_TAG
from infra import grants
from infra.grants import of_pipelines, ours
from infra.roles import Role
from infra.statements import Statement, allow, pass_role
from infra.tenant import Tenant

SAGEMAKER = "sagemaker.amazonaws.com"
ARTIFACTS = "*/artifacts/*"
LABELLED, GROUND_TRUTH = "*/labelled/*", "*/ground-truth/*"
ALL = "*"


def training_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """Reads the sets that Prepare made, writes the model. No other job may pull the images that train."""
    statements = [
        *grants.job(tenant, key_arn),
        *grants.pull_training_images(tenant),
        *grants.read(tenant, "models", ARTIFACTS),
        *grants.write(tenant, "models", ARTIFACTS),
    ]
    return Role(scope, "TrainingRole", tenant, kind="training", service=SAGEMAKER, grants=statements)


def processing_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """Reads data, captured requests, rows of batches and models, writes sets, baselines and verdicts."""
    statements = [
        *grants.job(tenant, key_arn),
        *grants.read(tenant, "data", LABELLED, GROUND_TRUTH, *(f"{prefix}{ANSWERS}/*" for prefix in _batches(tenant))),
        *grants.read(tenant, "capture", ALL),
        *grants.read(tenant, "models", ARTIFACTS, *grants.releases(tenant)),
        *grants.write(tenant, "models", ARTIFACTS),
        *grants.read_policies(tenant),
    ]
    return Role(scope, "ProcessingRole", tenant, kind="processing", service=SAGEMAKER, grants=statements)


def monitor_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """Reads captured requests, labels and the release in service; writes reports and metrics, changes nothing else."""
    statements = [
        *grants.job(tenant, key_arn),
        *grants.read(tenant, "capture", ALL),
        *grants.read(tenant, "data", GROUND_TRUTH, *(f"{prefix}*" for prefix in _batches(tenant))),
        *grants.read(tenant, "models", ARTIFACTS, *grants.releases(tenant)),
        *grants.read(tenant, "reports", ALL),
        *grants.write(tenant, "reports", ALL),
        *grants.read_policies(tenant),
        *grants.publish_metrics([*grants.MONITOR_NAMESPACES, *(NAMESPACES.values() if _batches(tenant) else ())]),
    ]
    return Role(scope, "MonitorRole", tenant, kind="monitor", service=SAGEMAKER, grants=statements)


def serving_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """Reads models, writes captured requests, looks at the alarms that roll a deployment back. A transform job runs for
    the role of its model: it reads the rows of batches, and writes their answers."""
    batches = _batches(tenant)
    rows = grants.read_below(tenant, "data", *batches) if batches else []
    answers = grants.write(tenant, "data", *(f"{prefix}{ANSWERS}/*" for prefix in batches)) if batches else []
    statements = [
        *grants.job(tenant, key_arn),
        *grants.read(tenant, "models", ARTIFACTS),
        *grants.write(tenant, "capture", ALL),
        *rows,
        *answers,
        allow(["cloudwatch:DescribeAlarms"], ["*"]),
    ]
    return Role(scope, "ServingRole", tenant, kind="serving", service=SAGEMAKER, grants=statements)


def _batches(tenant: Tenant) -> list[str]:
    """Prefixes of the models that score in batches."""
    return [tenant.names.model(model.name).batch_prefix for model in tenant.team.models if model.batch]


def pipeline_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """Starts the jobs of the team's pipelines with the jobs' own roles, and registers packages."""
    names, arns = tenant.names, tenant.arns
    roles = [arns.role(names.role(kind)) for kind in ("training", "processing")]
    statements = [
        *_jobs(tenant),
        *_registry(tenant),
        pass_role(roles, SAGEMAKER),
        *grants.read(tenant, "models", ARTIFACTS),  # the condition reads the gate's verdict
        *grants.use_key_for_disks(key_arn),
    ]
    return Role(scope, "PipelineRole", tenant, kind="pipeline", service=SAGEMAKER, grants=statements)


def _jobs(tenant: Tenant) -> list[Statement]:
    """SageMaker names a pipeline's jobs `pipelines-<execution>-<step>-...`: whose one is, is said by its tag."""
    jobs, own, kinds = of_pipelines(tenant), tenant.names.prefix, ("TrainingJob", "ProcessingJob")
    request, resource_tag = f"aws:RequestTag/{TEAM_TAG}", f"aws:ResourceTag/{TEAM_TAG}"
    look = [f"sagemaker:{verb}{kind}" for kind in kinds for verb in ("Describe", "Stop")]
    return [
        allow([f"sagemaker:Create{kind}" for kind in kinds], jobs, {"StringEquals": {request: own}}),
        grants.tag_while_creating(jobs),
        allow(look, jobs, {"StringEquals": {resource_tag: own}}),
    ]


def _registry(tenant: Tenant) -> list[Statement]:
    """A package is registered as approved only where the model's release needs no person."""
    models = {tenant.names.model(model.name).package_group: model for model in tenant.team.models}
    automatic = [group for group, model in models.items() if model.releasing.approval == "automatic"]
    manual = {"StringNotEquals": {"sagemaker:ModelApprovalStatus": "Approved"}}
    register, look = ["sagemaker:CreateModelPackage"], ["DescribeModelPackage", "DescribeModelPackageGroup"]
    return [
        allow(register, ours(tenant), manual),
        *([allow(register, _packages(tenant, automatic))] if automatic else []),
        allow([f"sagemaker:{action}" for action in look], ours(tenant)),
        grants.tag_while_creating(ours(tenant)),
    ]


def _packages(tenant: Tenant, groups: list[str]) -> list[str]:
    """Packages of these groups, and the groups themselves."""
    of = tenant.arns.of
    kinds = ("model-package/{}/*", "model-package-group/{}")
    return [of("sagemaker", kind.format(group)) for kind in kinds for group in groups]
