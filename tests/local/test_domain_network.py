"""What a Studio domain makes in a VPC, what it leaves there, and that nothing below it can be deleted meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually

pytestmark = pytest.mark.slow
KEY = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"


@dataclass
class Net:
    aws: EmbeddedAws
    vpc: str
    subnets: list[str]
    workloads: str

    def groups(self) -> dict[str, dict[str, Any]]:
        """By name; without the default group and the workloads' own."""
        found = self.aws.client("ec2").describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])
        others = [each for each in found["SecurityGroups"] if each["GroupId"] != self.workloads]
        return {each["GroupName"]: each for each in others if each["GroupName"] != "default"}

    def interfaces(self) -> list[dict[str, Any]]:
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}]
        found: list[dict[str, Any]] = self.aws.client("ec2").describe_network_interfaces(Filters=filters)[
            "NetworkInterfaces"
        ]
        return found


@pytest.fixture
def net(aws: EmbeddedAws, unique: Callable[[str], str]) -> Net:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    workloads = ec2.create_security_group(GroupName=unique("group"), Description="Workloads", VpcId=vpc)["GroupId"]
    return Net(aws, vpc, [each["SubnetId"] for each in subnets], workloads)


@pytest.fixture
def domain(net: Net, role: Callable[..., str], unique: Callable[[str], str]) -> dict[str, Any]:
    sagemaker = net.aws.client("sagemaker")
    made = sagemaker.create_domain(
        DomainName=unique("domain"),
        AuthMode="IAM",
        AppNetworkAccessType="VpcOnly",
        DefaultUserSettings={"ExecutionRole": role("sagemaker"), "SecurityGroups": [net.workloads]},
        SubnetIds=net.subnets,
        VpcId=net.vpc,
        KmsKeyId=KEY,
    )
    id = made["DomainArn"].rpartition("/")[2]
    for _ in eventually():
        found: dict[str, Any] = sagemaker.describe_domain(DomainId=id)
        if found["Status"] == "InService":
            return found
    raise AssertionError("unreachable")


def delete(net: Net, domain: dict[str, Any], **policy: str) -> None:
    sagemaker = net.aws.client("sagemaker")
    sagemaker.delete_domain(DomainId=domain["DomainId"], **({"RetentionPolicy": policy} if policy else {}))
    for _ in eventually():
        try:
            sagemaker.describe_domain(DomainId=domain["DomainId"])
        except ClientError:
            return


def managed(tags: list[dict[str, str]]) -> str | None:
    return {tag["Key"]: tag["Value"] for tag in tags}.get("ManagedByAmazonSageMakerResource")


def test_a_domain_has_an_encrypted_home_that_says_whose_it_is(net: Net, domain: dict[str, Any]) -> None:
    efs = net.aws.client("efs")
    (home,) = efs.describe_file_systems(FileSystemId=domain["HomeEfsFileSystemId"])["FileSystems"]
    assert (home["Encrypted"], home["KmsKeyId"]) == (True, KEY)
    assert managed(home["Tags"]) == domain["DomainArn"]
    targets = efs.describe_mount_targets(FileSystemId=home["FileSystemId"])["MountTargets"]
    assert {each["SubnetId"] for each in targets} == set(net.subnets)
    assert {each["NetworkInterfaceId"] for each in net.interfaces()} == {each["NetworkInterfaceId"] for each in targets}


def test_a_domain_has_two_groups_whose_rules_name_each_other(net: Net, domain: dict[str, Any]) -> None:
    names = [f"security-group-for-{way}-nfs-{domain['DomainId']}" for way in ("inbound", "outbound")]
    inbound, outbound = (net.groups()[name] for name in names)
    assert [each["GroupId"] for rule in inbound["IpPermissions"] for each in rule["UserIdGroupPairs"]] == [
        outbound["GroupId"]
    ]
    assert [each["GroupId"] for rule in outbound["IpPermissionsEgress"] for each in rule["UserIdGroupPairs"]] == [
        inbound["GroupId"]
    ]
    assert managed(inbound["Tags"]) == managed(outbound["Tags"]) == domain["DomainArn"]


def test_a_domain_that_is_gone_leaves_home_and_groups(net: Net, domain: dict[str, Any]) -> None:
    delete(net, domain)
    assert net.aws.client("efs").describe_file_systems(FileSystemId=domain["HomeEfsFileSystemId"])["FileSystems"]
    assert len(net.groups()) == 2
    assert len(net.interfaces()) == 2


def test_a_domain_that_is_not_retained_leaves_groups_alone(net: Net, domain: dict[str, Any]) -> None:
    delete(net, domain, HomeEfsFileSystem="Delete")
    with pytest.raises(ClientError, match="FileSystemNotFound"):
        net.aws.client("efs").describe_file_systems(FileSystemId=domain["HomeEfsFileSystemId"])
    assert (len(net.groups()), net.interfaces()) == (2, [])


def test_what_is_in_use_is_not_deleted(net: Net, domain: dict[str, Any]) -> None:
    ec2 = net.aws.client("ec2")
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_subnet(SubnetId=net.subnets[0])
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_vpc(VpcId=net.vpc)
    for group in net.groups().values():
        with pytest.raises(ClientError, match="DependencyViolation"):
            ec2.delete_security_group(GroupId=group["GroupId"])
    with pytest.raises(ClientError, match="currently in use"):
        ec2.delete_network_interface(NetworkInterfaceId=net.interfaces()[0]["NetworkInterfaceId"])


def test_an_application_has_an_interface_while_it_runs(net: Net, domain: dict[str, Any]) -> None:
    sagemaker = net.aws.client("sagemaker")
    sagemaker.create_user_profile(DomainId=domain["DomainId"], UserProfileName="ada")
    app = {"DomainId": domain["DomainId"], "UserProfileName": "ada", "AppType": "Canvas", "AppName": "default"}
    sagemaker.create_app(**app)
    (interface,) = [each for each in net.interfaces() if "EFS" not in each["Description"]]
    assert domain["DomainId"] in interface["Description"]
    assert net.workloads in {group["GroupId"] for group in interface["Groups"]}
    with pytest.raises(ClientError, match="DependencyViolation"):
        net.aws.client("ec2").delete_security_group(GroupId=net.workloads)
    sagemaker.delete_app(**app)
    assert [each for each in net.interfaces() if "EFS" not in each["Description"]] == []


def test_a_domain_in_subnets_that_do_not_exist_is_refused(net: Net, role: Callable[..., str]) -> None:
    settings = {"ExecutionRole": role("sagemaker")}
    members = {"DomainName": "lost", "AuthMode": "IAM", "DefaultUserSettings": settings, "VpcId": net.vpc}
    with pytest.raises(ClientError, match="'subnet-0badbadbad' does not exist"):
        net.aws.client("sagemaker").create_domain(**members, SubnetIds=["subnet-0badbadbad"])


def test_a_stack_cannot_take_the_network_away_below_a_mount_target(
    aws: EmbeddedAws, unique: Callable[[str], str]
) -> None:
    resources = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
        "Subnet": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.1.0/24"},
        },
    }
    outputs = {"Subnet": {"Value": {"Ref": "Subnet"}}}
    cloudformation, efs, name = aws.client("cloudformation"), aws.client("efs"), unique("stack")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources, "Outputs": outputs}))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.2})
    (made,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    home = efs.create_file_system(CreationToken=name)["FileSystemId"]
    target = efs.create_mount_target(FileSystemId=home, SubnetId=made["Outputs"][0]["OutputValue"])["MountTargetId"]
    cloudformation.delete_stack(StackName=name)
    for _ in eventually():
        (left,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        if left["StackStatus"] == "DELETE_FAILED":
            break
    efs.delete_mount_target(MountTargetId=target)
    cloudformation.delete_stack(StackName=name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 0.2})
