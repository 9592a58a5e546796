"""What taking an environment down may touch: the team's own things, by name, by tag or by the one domain."""

from __future__ import annotations

from core.contracts.teardown import MANAGED_TAG
from core.names import BUCKETS, TEAM_TAG
from infra.domain import Domain
from infra.network import NetworkIds
from infra.statements import Statement, allow
from infra.team_grants import carrying_our_tag, ours
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
JOBS = {
    "hyper-parameter-tuning-job": "HyperParameterTuningJob",
    "processing-job": "ProcessingJob",
    "training-job": "TrainingJob",
    "transform-job": "TransformJob",
}


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
    kinds = {"app": "DeleteApp", "space": "DeleteSpace", "user-profile": "DeleteUserProfile"}
    marked = {f"aws:ResourceTag/{MANAGED_TAG}": domain.arn, f"aws:RequestTag/{TEAM_TAG}": tenant.names.prefix}
    own = {f"aws:RequestTag/{TEAM_TAG}": tenant.names.prefix}
    home = of("elasticfilesystem", f"file-system/{domain.home}")
    return [
        *(allow([f"sagemaker:{action}"], [of("sagemaker", f"{kind}/{domain.id}/*")]) for kind, action in kinds.items()),
        allow(["elasticfilesystem:TagResource"], [home], {"StringEquals": own}),
        allow(["ec2:CreateTags"], [of("ec2", "security-group/*")], {"StringEquals": marked}),
    ]


def _see(tenant: Tenant) -> list[Statement]:
    of = tenant.arns.of
    network = (
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "elasticfilesystem:DescribeFileSystems",
        "elasticfilesystem:DescribeMountTargets",
    )
    return [
        allow([*(f"sagemaker:List{each}" for each in LISTS), *network], ["*"]),
        allow(["sagemaker:ListPipelineExecutions"], ours(tenant, "pipeline")),
        allow(["sagemaker:ListTags"], [of("sagemaker", f"{kind}/*") for kind in JOBS]),
        allow(["sagemaker:DescribeDomain"], [of("sagemaker", "domain/*")]),
    ]


def _end_work(tenant: Tenant) -> list[Statement]:
    """Pipelines and endpoints carry the team's prefix; jobs, which members name, carry its tag."""
    of = tenant.arns.of
    on_endpoints = {"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}}
    return [
        allow(["sagemaker:StopPipelineExecution"], ours(tenant, "pipeline")),
        *(
            allow([f"sagemaker:Stop{word}"], [of("sagemaker", f"{kind}/*")], carrying_our_tag(tenant))
            for kind, word in JOBS.items()
        ),
        allow(["sagemaker:DeleteEndpoint"], ours(tenant, "endpoint")),
        allow(["sagemaker:DeleteEndpointConfig"], ours(tenant, "endpoint-config")),
        allow(["sagemaker:DeleteModel"], ours(tenant, "model")),
        allow(
            ["application-autoscaling:DeregisterScalableTarget"],
            [of("application-autoscaling", "scalable-target/*")],
            on_endpoints,
        ),
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
        allow(groups, [of("ec2", "security-group/*")], tagged),
        allow(
            ["ec2:DeleteNetworkInterface"],
            [of("ec2", "network-interface/*")],
            {"ArnEquals": {"ec2:Subnet": subnets}},
        ),
    ]


def _delete_data(tenant: Tenant) -> list[Statement]:
    of = tenant.arns.of
    buckets = [tenant.arns.bucket(tenant.bucket(purpose)) for purpose in BUCKETS]
    return [
        allow(["s3:ListBucketVersions"], buckets),
        allow(["s3:DeleteObject", "s3:DeleteObjectVersion"], [f"{bucket}/*" for bucket in buckets]),
        allow(["sagemaker:DeleteModelPackage"], ours(tenant, "model-package")),
        allow(["backup:ListRecoveryPointsByBackupVault"], [of("backup", f"backup-vault:{tenant.names.home_vault}")]),
        allow(["backup:DeleteRecoveryPoint"], [of("backup", "recovery-point:*")], carrying_our_tag(tenant)),
    ]
