"""What each kind of job may do: statements over the team's own buckets, images, logs, parameters and key."""

from __future__ import annotations

from collections.abc import Sequence

from core.contracts.images import IMAGES
from core.contracts.metrics import BIAS, DATA, EXPLAINABILITY, HOMEOSTAT, QUALITY
from infra.statements import Statement, allow
from infra.tenant import Tenant


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


def read_policies(tenant: Tenant) -> list[Statement]:
    """The models' policies in SSM."""
    below = tenant.arns.of("ssm", f"parameter{tenant.names.parameters}")
    return [allow(["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"], [below, f"{below}/*"])]


def write_logs(tenant: Tenant, kinds: Sequence[str]) -> list[Statement]:
    """SageMaker writes a job's output to `/aws/sagemaker/<kind>` in the name of the job's role."""
    groups = [tenant.arns.of("logs", f"log-group:/aws/sagemaker/{kind}*") for kind in kinds]
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return [allow(actions, groups)]


def pull_images(tenant: Tenant) -> list[Statement]:
    repositories = [tenant.arns.of("ecr", f"repository/{tenant.names.repository(image.name)}") for image in IMAGES]
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return [allow(pull, repositories), allow(["ecr:GetAuthorizationToken"], ["*"])]


def join_network(tenant: Tenant) -> list[Statement]:
    """SageMaker puts network interfaces into the team's subnets in the name of the role."""
    kinds = ("network-interface", "subnet", "security-group")
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
    return [allow(change, [tenant.arns.of("ec2", f"{kind}/*") for kind in kinds]), allow(look, ["*"])]


def publish_metrics(namespaces: Sequence[str]) -> list[Statement]:
    """PutMetricData takes no resource; the namespace, which is in every request, is what can be limited."""
    limit = {"StringEqualsIfExists": {"cloudwatch:namespace": list(namespaces)}}
    return [allow(["cloudwatch:PutMetricData"], ["*"], limit)]


MONITOR_NAMESPACES = (DATA, QUALITY, BIAS, EXPLAINABILITY, HOMEOSTAT)


def job(tenant: Tenant, key_arn: str, logs: Sequence[str]) -> list[Statement]:
    """What SageMaker needs in the name of any job or endpoint of the team."""
    return [
        *pull_images(tenant),
        *write_logs(tenant, logs),
        *join_network(tenant),
        *use_key_for_disks(key_arn),
    ]
