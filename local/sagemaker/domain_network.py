"""What SageMaker makes in a customer's VPC for a domain, and what it leaves there when the domain is deleted.

A file system for home folders with a mount target in each subnet, and two security groups whose rules name each other.
All carry a tag with the domain's ARN. Deleting the domain leaves the groups, and the file system as well unless the
request says otherwise (SageMaker API reference, DeleteDomain, RetentionPolicy).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from local import ec2
from local.cloudformation.api import call
from local.sagemaker.kinds import INVALID
from local.sagemaker.store import arn_of
from local.service import ApiError

MANAGED = "ManagedByAmazonSageMakerResource"
NFS_PORT = 2049

Request = Mapping[str, Any]


def furnish(domain: str, request: Request) -> str:
    """Make all of it for a domain that is being created; the id of the file system. ApiError for unknown subnets."""
    _check_subnets(request)
    tags = [{"Key": MANAGED, "Value": arn_of(f"domain/{domain}")}]
    inbound, outbound = (_group(way, domain, request["VpcId"], tags) for way in ("inbound", "outbound"))
    _let("AuthorizeSecurityGroupIngress", inbound, outbound)
    call("ec2", "RevokeSecurityGroupEgress", {"GroupId": outbound, "IpPermissions": [_ANYWHERE]})
    _let("AuthorizeSecurityGroupEgress", outbound, inbound)
    encryption = {"Encrypted": True, "KmsKeyId": request.get("KmsKeyId")}
    home: str = call("efs", "CreateFileSystem", {"CreationToken": domain, "Tags": tags, **encryption})["FileSystemId"]
    for subnet in request["SubnetIds"]:
        members = {"FileSystemId": home, "SubnetId": subnet, "SecurityGroups": [inbound]}
        call("efs", "CreateMountTarget", members)
    return home


def leave(domain: Mapping[str, Any], request: Request) -> None:
    """The domain is being deleted: only what the request does not want retained goes with it."""
    if (request.get("RetentionPolicy") or {}).get("HomeEfsFileSystem", "Retain") == "Retain":
        return
    home = domain["HomeEfsFileSystemId"]
    for target in call("efs", "DescribeMountTargets", {"FileSystemId": home})["MountTargets"]:
        call("efs", "DeleteMountTarget", {"MountTargetId": target["MountTargetId"]})
    call("efs", "DeleteFileSystem", {"FileSystemId": home})


def connect(app: dict[str, Any], domain: Mapping[str, Any]) -> None:
    """Put an application's network interface into the domain's first subnet, where the domain is VpcOnly."""
    if domain.get("AppNetworkAccessType") != "VpcOnly":
        return
    outbound = f"security-group-for-outbound-nfs-{domain['DomainId']}"
    own = (domain.get("DefaultUserSettings") or {}).get("SecurityGroups") or []
    app["Interface"] = f"eni-{uuid.uuid4().hex[:17]}"
    text = f"[Do not delete] ENI managed by SageMaker for Studio Domain ({domain['DomainId']})"
    ec2.put_interface(app["Interface"], domain["SubnetIds"][0], [*own, *_named(outbound)], text, "10.0.0.1")


def disconnect(app: Mapping[str, Any]) -> None:
    if interface := app.get("Interface"):
        ec2.take_interface(interface)


_ANYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _check_subnets(request: Request) -> None:
    try:
        found = call("ec2", "DescribeSubnets", {"SubnetIds": request["SubnetIds"]})["Subnets"]
    except ClientError as error:
        raise ApiError(INVALID, error.response["Error"]["Message"]) from None
    if strange := [each["SubnetId"] for each in found if each["VpcId"] != request["VpcId"]]:
        raise ApiError(INVALID, f"Subnets {', '.join(strange)} are not in {request['VpcId']}.")


def _group(way: str, domain: str, vpc: str, tags: list[dict[str, str]]) -> str:
    text = f"[DO NOT DELETE] Security Group that allows {way} NFS traffic for SageMaker Notebooks Domain [{domain}]"
    members = {
        "GroupName": f"security-group-for-{way}-nfs-{domain}",
        "Description": text,
        "VpcId": vpc,
        "TagSpecifications": [{"ResourceType": "security-group", "Tags": tags}],
    }
    group: str = call("ec2", "CreateSecurityGroup", members)["GroupId"]
    return group


def _let(operation: str, group: str, other: str) -> None:
    ports = {"IpProtocol": "tcp", "FromPort": NFS_PORT, "ToPort": NFS_PORT}
    call("ec2", operation, {"GroupId": group, "IpPermissions": [{**ports, "UserIdGroupPairs": [{"GroupId": other}]}]})


def _named(name: str) -> list[str]:
    found = call("ec2", "DescribeSecurityGroups", {"Filters": [{"Name": "group-name", "Values": [name]}]})
    return [group["GroupId"] for group in found["SecurityGroups"]]
