"""What is retained, encrypted and closed."""

from __future__ import annotations

from typing import Any

from core.contracts.ledger import EXPIRES_AT, PARTITION_KEY, SORT_KEY
from core.names import BUCKETS
from tests.wiring.system import System

DATA_TYPES = (
    "AWS::S3::Bucket",
    "AWS::KMS::Key",
    "AWS::DynamoDB::Table",
    "AWS::ECR::Repository",
    "AWS::Glue::Database",
    "AWS::SageMaker::FeatureGroup",
    "AWS::SageMaker::MlflowApp",
)
BASE = {"network", "artifacts"}


def data_outlives_its_stack(system: System) -> None:
    for resource in system.deployed.resources:
        if resource.type in DATA_TYPES:
            assert resource.deletion_policy == "Retain", f"cdk destroy would delete {resource.properties}"


def buckets_are_closed(system: System) -> None:
    buckets = {bucket["BucketName"]: bucket for bucket in system.deployed.of("AWS::S3::Bucket")}
    assert set(buckets) == {system.bucket(purpose) for purpose in BUCKETS}
    for name, bucket in buckets.items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}, name
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        if name != system.bucket("logs"):
            encryption = rule["ServerSideEncryptionByDefault"]
            assert encryption["KMSMasterKeyID"] == system.deployed.key_arn, f"{name} has another key"
            assert bucket["LoggingConfiguration"]["DestinationBucketName"] == system.bucket("logs"), name
        assert _refuses_plain_http(system, name), f"{name} can be reached without TLS"


def _refuses_plain_http(system: System, bucket: str) -> bool:
    arn = system.arns.bucket(bucket)
    policies = [p["PolicyDocument"] for p in system.deployed.of("AWS::S3::BucketPolicy") if p["Bucket"] == bucket]
    return any(
        statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        and set(statement["Resource"]) == {arn, f"{arn}/*"}
        for policy in policies
        for statement in policy["Statement"]
    )


def captured_requests_expire(system: System) -> None:
    bucket = system.deployed.one("AWS::S3::Bucket", BucketName=system.bucket("capture"))
    days = system.environment.retention.capture_days
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert any(rule.get("ExpirationInDays") == days and rule["Status"] == "Enabled" for rule in rules)
    assert any(rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", 9999) <= days for rule in rules)


def the_ledger_is_what_the_handlers_write(system: System) -> None:
    table = system.deployed.one("AWS::DynamoDB::Table", TableName=system.names.ledger)
    keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
    assert keys == {"HASH": PARTITION_KEY, "RANGE": SORT_KEY}
    assert table["TimeToLiveSpecification"] == {"AttributeName": EXPIRES_AT, "Enabled": True}
    assert table["DeletionProtectionEnabled"] is True
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def everything_that_is_written_is_encrypted_with_the_key(system: System) -> None:
    paths = {
        "AWS::SQS::Queue": ("KmsMasterKeyId",),
        "AWS::SNS::Topic": ("KmsMasterKeyId",),
        "AWS::Logs::LogGroup": ("KmsKeyId",),
        "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
        "AWS::ECR::Repository": ("EncryptionConfiguration", "KmsKey"),
        "AWS::Lambda::Function": ("KmsKeyArn",),
        "AWS::SageMaker::Domain": ("KmsKeyId",),
        "AWS::CodeBuild::Project": ("EncryptionKey",),
        "AWS::Athena::WorkGroup": (
            "WorkGroupConfiguration",
            "ResultConfiguration",
            "EncryptionConfiguration",
            "KmsKey",
        ),
    }
    for type, path in paths.items():
        for properties in system.deployed.of(type):
            value: Any = properties
            for part in path:
                value = value.get(part, {})
            assert value == system.deployed.key_arn, f"{type} {properties} is not encrypted with the team's key"


def log_groups_end(system: System) -> None:
    for group in system.deployed.of("AWS::Logs::LogGroup"):
        assert group["RetentionInDays"] == system.environment.retention.log_days, group


def studio_stays_in_the_network(system: System) -> None:
    domain = system.deployed.one("AWS::SageMaker::Domain", DomainName=system.names.domain)
    assert domain["AppNetworkAccessType"] == "VpcOnly"
    assert domain["DomainSettings"]["ExecutionRoleIdentityConfig"] == "USER_PROFILE_NAME"
    idle = domain["DefaultUserSettings"]["JupyterLabAppSettings"]["AppLifecycleManagement"]["IdleSettings"]
    assert idle["LifecycleManagement"] == "ENABLED"
    assert idle["IdleTimeoutInMinutes"] <= idle["MaxIdleTimeoutInMinutes"] == system.team.studio.idle_minutes


def members_act_as_what_they_are(system: System) -> None:
    for member in system.team.members:
        profile = system.deployed.one("AWS::SageMaker::UserProfile", UserProfileName=member.name)
        assert profile["UserSettings"]["ExecutionRole"] == system.arns.role(system.names.role(member.role))


def nothing_comes_in_from_outside(system: System) -> None:
    groups = {each.id for each in system.deployed.resources if each.type == "AWS::EC2::SecurityGroup"}
    inline = [rule for group in system.deployed.of("AWS::EC2::SecurityGroup") for rule in _ingress(group)]
    for rule in [*inline, *system.deployed.of("AWS::EC2::SecurityGroupIngress")]:
        assert rule.get("SourceSecurityGroupId") in groups, f"{rule} lets in others than the team's workloads"
        assert not {"CidrIp", "CidrIpv6", "SourcePrefixListId"} & rule.keys(), rule
    for subnet in system.deployed.of("AWS::EC2::Subnet"):
        assert subnet["MapPublicIpOnLaunch"] is False
    for endpoint in system.deployed.of("AWS::EC2::VPCEndpoint"):
        for statement in endpoint["PolicyDocument"]["Statement"]:
            assert statement["Action"] != ["*"], endpoint
            assert statement["Resource"] != ["*"] or statement["Condition"], endpoint


def _ingress(group: dict[str, Any]) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = group.get("SecurityGroupIngress", [])
    return rules


def what_machines_do_has_no_way_out(system: System) -> None:
    """No subnet of jobs or endpoints has a route that CloudFormation makes: what remains is inside the VPC."""
    isolated = {subnet for endpoint in system.deployed.of("AWS::EC2::VPCEndpoint") for subnet in _subnets(endpoint)}
    joined = list(system.deployed.of("AWS::EC2::SubnetRouteTableAssociation"))
    tables = {each["RouteTableId"] for each in joined if each["SubnetId"] in isolated}
    assert len(tables) == len(isolated) >= 2
    assert not [route for route in system.deployed.of("AWS::EC2::Route") if route["RouteTableId"] in tables]


def _subnets(endpoint: dict[str, Any]) -> list[str]:
    return list(endpoint.get("SubnetIds", ()))


def a_deployment_has_three_levels(system: System) -> None:
    """The network needs nothing, artifacts the network, the others only those two."""
    for stack, needs in system.deployed.needs.items():
        allowed = {"network": set(), "artifacts": {"network"}}.get(stack, BASE)
        assert needs <= allowed, f"{stack} waits for {needs - allowed}"


def everything_is_tagged(system: System) -> None:
    for resource in system.deployed.resources:
        tags = resource.properties.get("Tags")
        if isinstance(tags, list) and tags:
            tags = {tag["Key"]: tag["Value"] for tag in tags}
            expected = (system.team.team, system.environment.name, system.team.cost_center)
            assert (tags["team"], tags["environment"], tags["cost-center"]) == expected, resource


CHECKS = (
    data_outlives_its_stack,
    buckets_are_closed,
    captured_requests_expire,
    the_ledger_is_what_the_handlers_write,
    everything_that_is_written_is_encrypted_with_the_key,
    log_groups_end,
    studio_stays_in_the_network,
    members_act_as_what_they_are,
    nothing_comes_in_from_outside,
    what_machines_do_has_no_way_out,
    a_deployment_has_three_levels,
    everything_is_tagged,
)
