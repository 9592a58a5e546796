"""Mistakes about what is retained, encrypted and closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.wiring import check_kept
from tests.wiring.deployed import Resource
from tests.wiring.faults.seeding import (
    FUNCTION,
    QUEUE,
    Fault,
    in_template,
    setting,
    text,
    without,
)
from tests.wiring.system import System


def faults() -> Iterator[Fault]:
    bucket = {"BucketName": "demo-dev-capture-000000000000-us-east-1"}
    closed, key = check_kept.buckets_are_closed, check_kept.everything_that_is_written_is_encrypted_with_the_key
    public = setting("PublicAccessBlockConfiguration", "BlockPublicPolicy", to=False)
    yield in_template("a bucket may become public", closed, "AWS::S3::Bucket", public)
    yield in_template("a bucket is not versioned", closed, "AWS::S3::Bucket", setting("VersioningConfiguration", to={}))
    yield in_template("nobody sees who reads", closed, "AWS::S3::Bucket", without("LoggingConfiguration"), **bucket)
    yield in_template("plain HTTP is let in", closed, "AWS::S3::BucketPolicy", text("PolicyDocument", "Deny", "Allow"))
    expire = check_kept.captured_requests_expire
    yield in_template(
        "captured requests stay", expire, "AWS::S3::Bucket", setting("LifecycleConfiguration", "Rules", to=[]), **bucket
    )
    ledger, table = check_kept.the_ledger_is_what_the_handlers_write, "AWS::DynamoDB::Table"
    yield in_template("the ledger has another key", ledger, table, setting("KeySchema", 0, "AttributeName", to="pk"))
    yield in_template("the ledger can be deleted", ledger, table, setting("DeletionProtectionEnabled", to=False))
    yield in_template("a queue has another key", key, QUEUE, setting("KmsMasterKeyId", to="alias/aws/sqs"))
    yield in_template("variables have no key", key, FUNCTION, without("KmsKeyArn"))
    yield in_template(
        "a log stays for ever", check_kept.log_groups_end, "AWS::Logs::LogGroup", without("RetentionInDays")
    )
    studio, domain = check_kept.studio_stays_in_the_network, "AWS::SageMaker::Domain"
    internet = setting("AppNetworkAccessType", to="PublicInternetOnly")
    yield in_template("Studio reaches the internet", studio, domain, internet)
    everyone = setting("UserSettings", "ExecutionRole", to="arn:aws:iam::000000000000:role/demo-dev-ml-engineer")
    yield in_template(
        "a member has a stronger role", check_kept.members_act_as_what_they_are, "AWS::SageMaker::UserProfile", everyone
    )
    anyone = setting("SecurityGroupIngress", to=[{"CidrIp": "0.0.0.0/0"}])
    yield in_template(
        "anybody may come in", check_kept.nothing_comes_in_from_outside, "AWS::EC2::SecurityGroup", anyone
    )
    yield Fault("jobs reach the internet", check_kept.what_machines_do_has_no_way_out, _opens_a_way)
    yield in_template(
        "a resource has no owner", check_kept.everything_is_tagged, QUEUE, setting("Tags", 0, "Value", to="x")
    )
    yield Fault("a destroyed stack takes data along", check_kept.data_outlives_its_stack, _deletes_data)
    yield Fault("stacks form a chain", check_kept.a_deployment_has_three_levels, _chains_stacks)


def _deletes_data(system: System) -> System:
    deployed = system.deployed.copy()
    next(each for each in deployed.resources if each.type == "AWS::S3::Bucket").deletion_policy = "Delete"
    return replace(system, deployed=deployed)


def _opens_a_way(system: System) -> System:
    """A default route where the first VPC endpoint is."""
    deployed = system.deployed.copy()
    subnet = next(each for each in deployed.of("AWS::EC2::VPCEndpoint") if each.get("SubnetIds"))["SubnetIds"][0]
    table = deployed.one("AWS::EC2::SubnetRouteTableAssociation", SubnetId=subnet)["RouteTableId"]
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}
    deployed.resources.append(Resource("network", "AWS::EC2::Route", route, "route-1"))
    return replace(system, deployed=deployed)


def _chains_stacks(system: System) -> System:
    deployed = system.deployed.copy()
    deployed.needs["serving"] |= {"training"}
    return replace(system, deployed=deployed)
