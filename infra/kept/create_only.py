"""Types that hold data, or that everything which holds data stands in, and what of them can never be changed in place.

The properties are CloudFormation's `createOnlyProperties` and `conditionalCreateOnlyProperties`; a test holds the table
to its schemas, and every resource that `Part.add` makes with `holds_data` to the table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """Of one CloudFormation type."""

    called: str
    """What a person calls one."""
    name: str
    """The property that names it, or "" where AWS does."""
    create_only: tuple[str, ...]
    """Paths of properties; one inside another has a slash."""
    lost: str
    """What goes with the old one."""
    retained: bool = True
    """Whether it stays in AWS when its stack lets it go (`Part.add` with `holds_data`)."""


KINDS: dict[str, Kind] = {
    "AWS::Backup::BackupVault": Kind(
        "backup vault", "BackupVaultName", ("BackupVaultName", "EncryptionKeyArn"), "its recovery points"
    ),
    "AWS::DynamoDB::Table": Kind(
        "table", "TableName", ("TableName", "ImportSourceSpecification", "KeySchema"), "its items"
    ),
    "AWS::EC2::Subnet": Kind(
        "subnet",
        "",
        (
            "AvailabilityZone",
            "AvailabilityZoneId",
            "CidrBlock",
            "Ipv4IpamPoolId",
            "Ipv4NetmaskLength",
            "Ipv6CidrBlock",
            "Ipv6IpamPoolId",
            "Ipv6NetmaskLength",
            "Ipv6Native",
            "OutpostArn",
            "VpcId",
        ),
        "the way to the members' home folders and whatever runs in it",
        retained=False,
    ),
    "AWS::EC2::VPC": Kind(
        "VPC",
        "",
        ("CidrBlock", "InstanceTenancy", "Ipv4IpamPoolId", "Ipv4NetmaskLength", "VpcEncryptionControl"),
        "the domain with its members' home folders, and whatever runs in it",
        retained=False,
    ),
    "AWS::ECR::Repository": Kind(
        "image repository", "RepositoryName", ("RepositoryName", "EncryptionConfiguration"), "its images"
    ),
    "AWS::Glue::Database": Kind("Glue database", "DatabaseName", ("DatabaseName",), "its tables' definitions"),
    "AWS::KMS::Key": Kind("key", "", (), "the way to read whatever is encrypted with it"),
    "AWS::S3::Bucket": Kind(
        "bucket", "BucketName", ("BucketName", "BucketNamePrefix", "BucketNamespace"), "its objects"
    ),
    "AWS::SageMaker::Domain": Kind(
        "domain",
        "DomainName",
        (
            "AuthMode",
            "DomainName",
            "DomainSettings/RStudioServerProDomainSettings/DefaultResourceSpec",
            "KmsKeyId",
            "VpcId",
        ),
        "the members' home folders and every space",
        retained=False,
    ),
    "AWS::SageMaker::FeatureGroup": Kind(
        "feature group",
        "FeatureGroupName",
        (
            "Description",
            "EventTimeFeatureName",
            "FeatureGroupName",
            "OfflineStoreConfig",
            "OnlineStoreConfig/EnableOnlineStore",
            "OnlineStoreConfig/SecurityConfig",
            "OnlineStoreConfig/StorageType",
            "RecordIdentifierFeatureName",
            "RoleArn",
            "Tags",
        ),
        "its online records",
    ),
    "AWS::SageMaker::MlflowApp": Kind("MLflow App", "Name", ("Name", "RoleArn"), "its experiments, runs and models"),
    "AWS::SageMaker::ModelPackageGroup": Kind(
        "model package group",
        "ModelPackageGroupName",
        ("ModelPackageGroupDescription", "ModelPackageGroupName"),
        "the versions of the model",
    ),
    "AWS::SageMaker::NotebookInstance": Kind(
        "notebook instance",
        "NotebookInstanceName",
        (
            "DirectInternetAccess",
            "KmsKeyId",
            "NotebookInstanceName",
            "PlatformIdentifier",
            "SecurityGroupIds",
            "SubnetId",
        ),
        "its volume",
        retained=False,
    ),
    "AWS::SageMaker::Space": Kind(
        "space",
        "SpaceName",
        ("DomainId", "OwnershipSettings", "SpaceName", "SpaceSharingSettings"),
        "its volume",
        retained=False,
    ),
    "AWS::SageMaker::UserProfile": Kind(
        "user profile",
        "UserProfileName",
        (
            "DomainId",
            "SingleSignOnUserIdentifier",
            "SingleSignOnUserValue",
            "UserProfileName",
            "UserSettings/RStudioServerProAppSettings/AccessStatus",
            "UserSettings/RStudioServerProAppSettings/UserGroup",
        ),
        "the member's home folder and private spaces",
        retained=False,
    ),
}
AROUND = frozenset({"AWS::EC2::Subnet", "AWS::EC2::VPC"})
"""What the others stand in."""
