"""One role for each kind of job, beside what it may read and write."""

from __future__ import annotations

from constructs import Construct

from infra import grants
from infra.roles import Role
from infra.statements import Statement, allow, pass_role
from infra.tenant import Tenant

SAGEMAKER = "sagemaker.amazonaws.com"
ARTIFACTS = "*/artifacts/*"
RELEASES = "*/current/*"
LABELLED, GROUND_TRUTH = "*/labelled/*", "*/ground-truth/*"
ALL = "*"


def training_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """Reads the sets that Prepare made, writes the model."""
    statements = [
        *grants.job(tenant, key_arn, ["TrainingJobs"]),
        *grants.read(tenant, "models", ARTIFACTS),
        *grants.write(tenant, "models", ARTIFACTS),
        *grants.publish_metrics(["/aws/sagemaker/TrainingJobs"]),
    ]
    return Role(scope, "TrainingRole", tenant, kind="training", service=SAGEMAKER, grants=statements)


def processing_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """Reads data, captured requests and models, writes sets, baselines and verdicts."""
    statements = [
        *grants.job(tenant, key_arn, ["ProcessingJobs"]),
        *grants.read(tenant, "data", LABELLED, GROUND_TRUTH),
        *grants.read(tenant, "capture", ALL),
        *grants.read(tenant, "models", ARTIFACTS, RELEASES),
        *grants.write(tenant, "models", ARTIFACTS),
        *grants.read_policies(tenant),
        *grants.publish_metrics(["/aws/sagemaker/ProcessingJobs"]),
    ]
    return Role(scope, "ProcessingRole", tenant, kind="processing", service=SAGEMAKER, grants=statements)


def monitor_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """Reads captured requests, labels and the release in service; writes reports and metrics, changes nothing else."""
    statements = [
        *grants.job(tenant, key_arn, ["ProcessingJobs"]),
        *grants.read(tenant, "capture", ALL),
        *grants.read(tenant, "data", GROUND_TRUTH),
        *grants.read(tenant, "models", ARTIFACTS, RELEASES),
        *grants.read(tenant, "reports", ALL),
        *grants.write(tenant, "reports", ALL),
        *grants.read_policies(tenant),
        *grants.publish_metrics(["/aws/sagemaker/ProcessingJobs", *grants.MONITOR_NAMESPACES]),
    ]
    return Role(scope, "MonitorRole", tenant, kind="monitor", service=SAGEMAKER, grants=statements)


def serving_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """Reads models, writes captured requests, looks at the alarms that roll a deployment back."""
    statements = [
        *grants.job(tenant, key_arn, ["Endpoints"]),
        *grants.read(tenant, "models", ARTIFACTS),
        *grants.write(tenant, "capture", ALL),
        *grants.publish_metrics(["/aws/sagemaker/Endpoints"]),
        allow(["cloudwatch:DescribeAlarms"], ["*"]),
    ]
    return Role(scope, "ServingRole", tenant, kind="serving", service=SAGEMAKER, grants=statements)


def pipeline_role(scope: Construct, tenant: Tenant, key_arn: str) -> Role:
    """Starts the jobs of the team's pipelines with the jobs' own roles, and registers packages."""
    names, arns = tenant.names, tenant.arns
    roles = [arns.role(names.role(kind)) for kind in ("training", "processing")]
    statements = [
        *_jobs(tenant, "training-job", "TrainingJob"),
        *_jobs(tenant, "processing-job", "ProcessingJob"),
        *_registry(tenant),
        pass_role(roles, SAGEMAKER),
        *grants.read(tenant, "models", ARTIFACTS),  # the condition reads the gate's verdict
        *grants.use_key(key_arn),
    ]
    return Role(scope, "PipelineRole", tenant, kind="pipeline", service=SAGEMAKER, grants=statements)


def _jobs(tenant: Tenant, resource: str, kind: str) -> list[Statement]:
    """A pipeline names its jobs `pipelines-<execution>-<step>-...`."""
    jobs = [tenant.arns.of("sagemaker", f"{resource}/pipelines-*")]
    return [allow([f"sagemaker:{verb}{kind}" for verb in ("Create", "Describe", "Stop")] + ["sagemaker:AddTags"], jobs)]


def _registry(tenant: Tenant) -> list[Statement]:
    of, prefix = tenant.arns.of, tenant.names.prefix
    groups = of("sagemaker", f"model-package-group/{prefix}-*")
    packages = of("sagemaker", f"model-package/{prefix}-*")
    register = ["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage", "sagemaker:AddTags"]
    return [allow(register, [packages, groups]), allow(["sagemaker:DescribeModelPackageGroup"], [groups])]
