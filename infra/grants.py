"""What each kind of job may do: statements over the team's own buckets, images, logs, parameters and key."""

from __future__ import annotations

from collections.abc import Sequence

from core.contracts.metrics import BIAS, DATA, EXPLAINABILITY, HOMEOSTAT, QUALITY
from infra.statements import Statement, allow
from infra.tenant import Tenant


def ours(tenant: Tenant) -> list[str]:
    """The team's own in SageMaker, by name. Of which kind is said by the actions: each is about one kind."""
    return [tenant.arns.of("sagemaker", f"*/{tenant.names.prefix}-*")]


def anybodys(tenant: Tenant) -> list[str]:
    """What SageMaker named: for actions that only look, or with a condition that finds the team's tag."""
    return [tenant.arns.of("sagemaker", "*")]


def of_pipelines(tenant: Tenant) -> list[str]:
    """Jobs of pipelines, which SageMaker names after the execution; whose they are is said by their tags."""
    return [tenant.arns.of("sagemaker", "*/pipelines-*")]


def read(tenant: Tenant, purpose: str, *keys: str) -> list[Statement]:
    """Objects of one bucket whose keys match, and their listing.

    Listing tells "does not exist" from "may not look": without it S3 denies what is absent.
    """
    bucket = tenant.arns.bucket(tenant.bucket(purpose))
    return [
        allow(["s3:GetObject"], [f"{bucket}/{key}" for key in keys]),
        allow(["s3:ListBucket", "s3:GetBucketLocation"], [bucket]),
    ]


def read_below(tenant: Tenant, purpose: str, *prefixes: str) -> list[Statement]:
    """Objects of one bucket below these prefixes, and the listing of those alone."""
    bucket = tenant.arns.bucket(tenant.bucket(purpose))
    below = {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}}
    return [
        allow(["s3:GetObject"], [f"{bucket}/{prefix}*" for prefix in prefixes]),
        allow(["s3:ListBucket"], [bucket], below),
        allow(["s3:GetBucketLocation"], [bucket]),
    ]


def write(tenant: Tenant, purpose: str, *keys: str) -> list[Statement]:
    bucket = tenant.arns.bucket(tenant.bucket(purpose))
    return [allow(["s3:PutObject", "s3:AbortMultipartUpload"], [f"{bucket}/{key}" for key in keys])]


def use_key(key_arn: str) -> list[Statement]:
    """Read and write what is encrypted with the team's key."""
    return [allow(["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"], [key_arn])]


def use_key_for_disks(key_arn: str) -> list[Statement]:
    """Let AWS attach encrypted disks in the caller's name: grants to AWS's own resources only."""
    return [
        *use_key(key_arn),
        allow(["kms:CreateGrant"], [key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ]


def tag_while_creating(resources: Sequence[str]) -> Statement:
    """SageMaker asks for it when something is made with tags. Tags of what is there already are nobody's to change."""
    return allow(["sagemaker:AddTags"], resources, {"Null": {"sagemaker:TaggingAction": "false"}})


def releases(tenant: Tenant) -> list[str]:
    """Keys in the models bucket: which release of each model is in service."""
    return [tenant.names.model(model.name).release_key for model in tenant.team.models]


def read_policies(tenant: Tenant) -> list[Statement]:
    """The models' policies in SSM."""
    below = tenant.arns.of("ssm", f"parameter{tenant.names.parameters}")
    return [allow(["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"], [below, f"{below}/*"])]


def write_logs(tenant: Tenant) -> list[Statement]:
    """SageMaker writes what runs for a role to `/aws/sagemaker/<kind>` in the name of that role."""
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return [allow(actions, [tenant.arns.of("logs", LOGS_OF_JOBS)])]


def pull_images(tenant: Tenant) -> list[Statement]:
    """The platform's."""
    return [
        _pull(tenant, [image.name for image in tenant.team.platform_images]),
        allow(["ecr:GetAuthorizationToken"], ["*"]),
    ]


def pull_training_images(tenant: Tenant) -> list[Statement]:
    """Those of the team's own that train its models."""
    names = sorted(tenant.team.training_images)
    return [_pull(tenant, names)] if names else []


def _pull(tenant: Tenant, images: Sequence[str]) -> Statement:
    repositories = [tenant.arns.of("ecr", f"repository/{tenant.names.repository(name)}") for name in images]
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return allow(pull, repositories)


def join_network(tenant: Tenant) -> list[Statement]:
    """SageMaker puts network interfaces into the team's subnets in the name of the role."""
    change = [
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
    ]
    look = [
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    ]
    return [allow(change, in_ec2(tenant)), allow(look, ["*"])]


def in_ec2(tenant: Tenant) -> list[str]:
    """Interfaces, subnets and groups, which AWS names. Of which kind is said by the actions."""
    return [tenant.arns.of("ec2", "*")]


def publish_metrics(namespaces: Sequence[str]) -> list[Statement]:
    """PutMetricData takes no resource; the namespace, which is in every request, is what can be limited."""
    limit = {"StringEqualsIfExists": {"cloudwatch:namespace": list(namespaces)}}
    return [allow(["cloudwatch:PutMetricData"], ["*"], limit)]


LOGS_OF_JOBS = "log-group:/aws/sagemaker/*"
"""SageMaker's own groups, one for each kind of what runs; all teams of an account write into the same."""
INSTANCE_NAMESPACES = tuple(f"/aws/sagemaker/{kind}" for kind in ("TrainingJobs", "ProcessingJobs", "Endpoints"))
"""Of the instances of what runs; SageMaker writes there in the name of the role."""
MONITOR_NAMESPACES = (DATA, QUALITY, BIAS, EXPLAINABILITY, HOMEOSTAT)


def job(tenant: Tenant, key_arn: str) -> list[Statement]:
    """What SageMaker needs in the name of any job or endpoint of the team."""
    return [
        *pull_images(tenant),
        *write_logs(tenant),
        *join_network(tenant),
        *publish_metrics(INSTANCE_NAMESPACES),
        *use_key_for_disks(key_arn),
    ]
