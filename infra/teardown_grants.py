"""What taking an environment down may touch: the team's own things, by name, by tag or by the one domain."""

from __future__ import annotations

from core.contracts.teardown import MANAGED_TAG
from core.names import BUCKETS, TEAM_TAG
from infra.domain import Domain
from infra.grants import anybodys, in_ec2, ours
from infra.network import NetworkIds
from infra.statements import Statement, allow
from infra.team_grants import carrying_our_tag
from infra.tenant import Tenant

LISTS = (
    "Apps",
    "EndpointConfigs",
    "Endpoints",
    "HyperParameterTuningJobs",
    "ModelPackageGroups",
    "ModelPackages",
    "Models",
    "Pipelines",
    "ProcessingJobs",
    "Spaces",
    "TrainingJobs",
    "TransformJobs",
    "UserProfiles",
)
JOBS = ("HyperParameterTuningJob", "ProcessingJob", "TrainingJob", "TransformJob")


def take_down(tenant: Tenant, network: NetworkIds) -> list[Statement]:
    return [
        *_see(tenant),
        *_end_work(tenant),
        *_remove_leftovers(tenant, network),
        *(_delete_data(tenant) if tenant.destroys_data else []),
    ]


def end_use_of(domain: Domain) -> list[Statement]:
    """Of this domain alone: end what people made in it, and mark what SageMaker made for it as the team's."""
    of, tenant = domain.arns.of, domain.tenant
    ends = [f"sagemaker:Delete{kind}" for kind in ("App", "Space", "UserProfile")]
    marked = {f"aws:ResourceTag/{MANAGED_TAG}": domain.arn, f"aws:RequestTag/{TEAM_TAG}": tenant.names.prefix}
    own = {f"aws:RequestTag/{TEAM_TAG}": tenant.names.prefix}
    home = of("elasticfilesystem", f"file-system/{domain.home}")
    return [
        allow(ends, [of("sagemaker", f"*/{domain.id}/*")]),
        allow(["elasticfilesystem:TagResource"], [home], {"StringEquals": own}),
        allow(["ec2:CreateTags"], [of("ec2", "security-group/*")], {"StringEquals": marked}),
    ]


def _see(tenant: Tenant) -> list[Statement]:
    network = (
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "elasticfilesystem:DescribeFileSystems",
        "elasticfilesystem:DescribeMountTargets",
    )
    return [
        allow([*(f"sagemaker:List{each}" for each in LISTS), *network], ["*"]),
        allow(["sagemaker:ListPipelineExecutions"], ours(tenant)),
        allow(["sagemaker:ListTags", "sagemaker:DescribeDomain"], anybodys(tenant)),
    ]


def _end_work(tenant: Tenant) -> list[Statement]:
    """Pipelines and endpoints carry the team's prefix; jobs, which members name, carry its tag."""
    ends = ("StopPipelineExecution", "DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel")
    on_endpoints = {"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}}
    return [
        allow([f"sagemaker:{action}" for action in ends], ours(tenant)),
        allow([f"sagemaker:Stop{job}" for job in JOBS], anybodys(tenant), carrying_our_tag(tenant)),
        allow(["application-autoscaling:DeregisterScalableTarget"], ["*"], on_endpoints),
    ]


def _remove_leftovers(tenant: Tenant, network: NetworkIds) -> list[Statement]:
    """File systems and groups with the team's tag, and interfaces in the team's subnets. Homes only as data goes."""
    of, tagged = tenant.arns.of, carrying_our_tag(tenant)
    homes = ["elasticfilesystem:DeleteMountTarget"]
    if tenant.destroys_data:
        homes.append("elasticfilesystem:DeleteFileSystem")
    groups = ["ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"]
    subnets = [of("ec2", f"subnet/{id}") for id in dict.fromkeys((*network.subnets, *network.studio_subnets))]
    return [
        allow(homes, [of("elasticfilesystem", "file-system/*")], tagged),
        allow(groups, in_ec2(tenant), tagged),
        allow(
            ["ec2:DeleteNetworkInterface"],
            in_ec2(tenant),
            {"ArnEquals": {"ec2:Subnet": subnets}},
        ),
    ]


def _delete_data(tenant: Tenant) -> list[Statement]:
    of = tenant.arns.of
    buckets = [tenant.arns.bucket(tenant.bucket(purpose)) for purpose in BUCKETS]
    return [
        allow(["s3:ListBucketVersions"], buckets),
        allow(["s3:DeleteObject", "s3:DeleteObjectVersion"], [f"{bucket}/*" for bucket in buckets]),
        allow(["sagemaker:DeleteModelPackage"], ours(tenant)),
        allow(["backup:ListRecoveryPointsByBackupVault"], [of("backup", f"backup-vault:{tenant.names.home_vault}")]),
        allow(["backup:DeleteRecoveryPoint"], [of("backup", "recovery-point:*")], carrying_our_tag(tenant)),
    ]
