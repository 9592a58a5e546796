"""What EC2 and EFS do on AWS and ministack leaves out: nothing is deleted while something else stands on it.

An extension as `local.extensions` describes it. Subnets and security groups that are in use cannot be deleted, by the
API or by CloudFormation; a mount target is a network interface in its subnet; interfaces are found by filters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.services import ec2, efs
from ministack.services.cloudformation import provisioners

HOOKS = (
    "ministack.services.ec2:_ACTION_MAP _p _error _parse_filters _parse_member_list _xml _eni_fields_xml"
    " _network_interfaces _security_groups _subnets _vpc_endpoints _resource_matches_tag_filters",
    "ministack.services.efs:_create_mount_target _delete_mount_target _mount_targets",
    "ministack.services.cloudformation.provisioners:_RESOURCE_HANDLERS",
)

Params = Mapping[str, Any]
Response = tuple[int, dict[str, str], bytes]
VIOLATION = "DependencyViolation"


def install() -> None:
    actions = ec2._ACTION_MAP
    actions["DeleteSubnet"] = _refusing(actions["DeleteSubnet"], "SubnetId", in_subnet, "subnet")
    actions["DeleteSecurityGroup"] = _refusing(actions["DeleteSecurityGroup"], "GroupId", on_group, "resource")
    actions["DeleteNetworkInterface"] = _only_free(actions["DeleteNetworkInterface"])
    actions["DescribeNetworkInterfaces"] = _describe_network_interfaces
    for type, users in (("Subnet", in_subnet), ("SecurityGroup", on_group)):
        handlers = provisioners._RESOURCE_HANDLERS[f"AWS::EC2::{type}"]
        refusing = {"delete": _refusing_stack(handlers["delete"], users, f"AWS::EC2::{type}")}
        provisioners._RESOURCE_HANDLERS[f"AWS::EC2::{type}"] = {**handlers, **refusing}
    efs._create_mount_target = _with_interface(efs._create_mount_target)
    efs._delete_mount_target = _without_interface(efs._delete_mount_target)


def in_subnet(subnet: str) -> Iterator[str]:
    """Ids of what stands in a subnet."""
    yield from (id for id, each in ec2._network_interfaces.items() if each["SubnetId"] == subnet)
    yield from (id for id, each in ec2._vpc_endpoints.items() if subnet in each.get("SubnetIds", ()))


def on_group(group: str) -> Iterator[str]:
    """Ids of what carries a security group, and of other groups whose rules name it."""
    yield from (id for id, each in ec2._network_interfaces.items() if group in _groups(each))
    yield from (id for id, each in ec2._vpc_endpoints.items() if group in each.get("SecurityGroupIds", ()))
    for id, other in ec2._security_groups.items():
        rules = [*other["IpPermissions"], *other["IpPermissionsEgress"]]
        pairs = [pair for rule in rules for pair in rule.get("UserIdGroupPairs", ())]
        if id != group and any(pair.get("GroupId") == group for pair in pairs):
            yield id


Users = Callable[[str], Iterator[str]]


def _refusing(native: Callable[[Params], Response], parameter: str, users: Users, word: str) -> Any:
    def delete(params: Params) -> Response:
        id = ec2._p(params, parameter)
        if next(users(id), None) is not None:
            dependents = "has dependencies and cannot be deleted" if word == "subnet" else "has a dependent object"
            refusal: Response = ec2._error(VIOLATION, f"The {word} '{id}' {dependents}.", 400)
            return refusal
        return native(params)

    return delete


def _refusing_stack(native: Callable[[str, Params], None], users: Users, type: str) -> Any:
    """CloudFormation's own deletion, which ministack does beside the API."""

    def delete(id: str, properties: Params) -> None:
        if found := next(users(id), None):
            raise ValueError(f"{type} {id} cannot be deleted: {found} depends on it ({VIOLATION})")
        native(id, properties)

    return delete


def _only_free(native: Callable[[Params], Response]) -> Any:
    def delete(params: Params) -> Response:
        id = ec2._p(params, "NetworkInterfaceId")
        if ec2._network_interfaces.get(id, {}).get("Status") == "in-use":
            refusal: Response = ec2._error(
                "InvalidParameterValue", f"Network interface '{id}' is currently in use.", 400
            )
            return refusal
        return native(params)

    return delete


def _describe_network_interfaces(params: Params) -> Response:
    ids, filters = ec2._parse_member_list(params, "NetworkInterfaceId"), ec2._parse_filters(params)
    found = [
        each
        for each in ec2._network_interfaces.values()
        if (not ids or each["NetworkInterfaceId"] in ids) and _matches(each, filters)
    ]
    items = "".join(ec2._eni_fields_xml(each) for each in found)
    answer: Response = ec2._xml(
        200, "DescribeNetworkInterfacesResponse", f"<networkInterfaceSet>{items}</networkInterfaceSet>"
    )
    return answer


def _matches(interface: Mapping[str, Any], filters: Mapping[str, list[str]]) -> bool:
    members = {"vpc-id": "VpcId", "subnet-id": "SubnetId", "status": "Status", "description": "Description"}
    if any(name in members and interface[members[name]] not in values for name, values in filters.items()):
        return False
    if "group-id" in filters and not _groups(interface) & set(filters["group-id"]):
        return False
    return bool(ec2._resource_matches_tag_filters(interface["NetworkInterfaceId"], filters))


def _groups(interface: Mapping[str, Any]) -> set[str]:
    return {group["GroupId"] for group in interface.get("Groups", ())}


def _with_interface(native: Callable[[dict[str, Any]], Response]) -> Any:
    def create(body: dict[str, Any]) -> Response:
        answer = native(body)
        if answer[0] == 200:
            target = efs._mount_targets[json.loads(answer[2])["MountTargetId"]]
            put_interface(
                target["NetworkInterfaceId"],
                target["SubnetId"],
                target["SecurityGroups"],
                f"EFS mount target for {target['FileSystemId']} ({target['MountTargetId']})",
                target.get("IpAddress", ""),
            )
        return answer

    return create


def _without_interface(native: Callable[[str], Response]) -> Any:
    def delete(id: str) -> Response:
        interface = efs._mount_targets.get(id, {}).get("NetworkInterfaceId")
        answer = native(id)
        if answer[0] == 204:
            ec2._network_interfaces.pop(interface, None)
        return answer

    return delete


def put_interface(id: str, subnet: str, groups: list[str], description: str, address: str) -> None:
    """An interface that a service has put into a subnet: in use, and not its customer's to delete."""
    place = ec2._subnets[subnet]
    ec2._network_interfaces[id] = {
        "NetworkInterfaceId": id,
        "SubnetId": subnet,
        "VpcId": place["VpcId"],
        "AvailabilityZone": place["AvailabilityZone"],
        "Description": description,
        "OwnerId": place["OwnerId"],
        "Status": "in-use",
        "PrivateIpAddress": address,
        "InterfaceType": "interface",
        "SourceDestCheck": True,
        "MacAddress": "02:00:00:00:00:00",
        "Groups": [{"GroupId": each, "GroupName": _name(each)} for each in groups],
        "Attachment": None,
    }


def _name(group: str) -> str:
    return str(ec2._security_groups.get(group, {}).get("GroupName", group))


def take_interface(id: str) -> None:
    ec2._network_interfaces.pop(id, None)
