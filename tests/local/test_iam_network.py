"""What a role may do in EC2 and EFS goes by the tags of what it touches, and by where that stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws
from tests.local.conftest import allow

pytestmark = pytest.mark.slow
OURS = {"StringEquals": {"aws:ResourceTag/homeostat": "risk-dev"}}
EC2 = "arn:aws:ec2:us-east-1:000000000000"

Role = Callable[..., str]
ClientAs = Callable[[str, str], Any]


@pytest.fixture
def vpc(aws: EmbeddedAws) -> str:
    made: str = aws.client("ec2").create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    return made


def group(aws: EmbeddedAws, name: str, vpc: str, team: str) -> str:
    specifications = [{"ResourceType": "security-group", "Tags": [{"Key": "homeostat", "Value": team}]}]
    made: str = aws.client("ec2").create_security_group(
        GroupName=name, Description="NFS", VpcId=vpc, TagSpecifications=specifications
    )["GroupId"]
    return made


def test_a_group_is_deleted_by_its_tag(aws: EmbeddedAws, role: Role, client_as: ClientAs, vpc: str) -> None:
    ours, theirs = (group(aws, f"group-{team}", vpc, team) for team in ("risk-dev", "fraud-dev"))
    ec2 = client_as(role("lambda", allow("ec2:DeleteSecurityGroup", on=f"{EC2}:security-group/*", **OURS)), "ec2")
    with pytest.raises(ClientError, match="not authorized"):
        ec2.delete_security_group(GroupId=theirs)
    ec2.delete_security_group(GroupId=ours)


def test_a_group_is_tagged_by_the_tag_that_it_has(aws: EmbeddedAws, role: Role, client_as: ClientAs, vpc: str) -> None:
    ours, theirs = (group(aws, f"group-{team}", vpc, team) for team in ("risk-dev", "fraud-dev"))
    ec2 = client_as(role("lambda", allow("ec2:CreateTags", on=f"{EC2}:security-group/*", **OURS)), "ec2")
    tags = [{"Key": "cost-center", "Value": "42"}]
    with pytest.raises(ClientError, match="not authorized"):
        ec2.create_tags(Resources=[theirs], Tags=tags)
    ec2.create_tags(Resources=[ours], Tags=tags)


def test_an_interface_is_deleted_by_its_subnet(aws: EmbeddedAws, role: Role, client_as: ClientAs, vpc: str) -> None:
    owner = aws.client("ec2")
    ours, theirs = (
        owner.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{number}.0/24")["Subnet"]["SubnetId"] for number in (1, 2)
    )
    made = [owner.create_network_interface(SubnetId=each)["NetworkInterface"] for each in (ours, theirs)]
    here = {"ArnEquals": {"ec2:Subnet": [f"{EC2}:subnet/{ours}"]}}
    ec2 = client_as(role("lambda", allow("ec2:DeleteNetworkInterface", on=f"{EC2}:network-interface/*", **here)), "ec2")
    with pytest.raises(ClientError, match="not authorized"):
        ec2.delete_network_interface(NetworkInterfaceId=made[1]["NetworkInterfaceId"])
    ec2.delete_network_interface(NetworkInterfaceId=made[0]["NetworkInterfaceId"])


def test_a_mount_target_is_deleted_by_its_file_system_s_tag(
    aws: EmbeddedAws, role: Role, client_as: ClientAs, vpc: str, unique: Callable[[str], str]
) -> None:
    efs, subnet = aws.client("efs"), aws.client("ec2").create_subnet(VpcId=vpc, CidrBlock="10.7.3.0/24")["Subnet"]
    targets = []
    for team in ("risk-dev", "fraud-dev"):
        tags = [{"Key": "homeostat", "Value": team}]
        home = efs.create_file_system(CreationToken=unique("home"), Tags=tags)["FileSystemId"]
        targets.append(efs.create_mount_target(FileSystemId=home, SubnetId=subnet["SubnetId"])["MountTargetId"])
    homes = "arn:aws:elasticfilesystem:us-east-1:000000000000:file-system/*"
    limited = client_as(role("lambda", allow("elasticfilesystem:DeleteMountTarget", on=homes, **OURS)), "efs")
    with pytest.raises(ClientError, match="not authorized"):
        limited.delete_mount_target(MountTargetId=targets[1])
    limited.delete_mount_target(MountTargetId=targets[0])
