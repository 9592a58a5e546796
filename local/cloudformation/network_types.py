"""The EC2 types that ministack's API has and its CloudFormation lacks."""

from __future__ import annotations

from collections.abc import Callable

from local.cloudformation.api import call
from local.cloudformation.resource_type import Properties, ResourceType, parts, words


def _tagged(resource_type: str, properties: Properties) -> Properties:
    """EC2 takes the tags of a new resource in a structure of their own."""
    rest = {name: value for name, value in properties.items() if name not in ("Tags", "ResourceId")}
    if not properties.get("Tags"):
        return rest
    return {**rest, "TagSpecifications": [{"ResourceType": resource_type, "Tags": properties["Tags"]}]}


def _address(ref: str, properties: Properties) -> Properties:
    """The Ref is the public IP address; EC2 releases by the allocation that it belongs to."""
    addresses = call("ec2", "DescribeAddresses", {})["Addresses"]
    return {"AllocationId": next((each["AllocationId"] for each in addresses if each["PublicIp"] == ref), "released")}


def _gateway(properties: Properties) -> Properties:
    return _tagged("natgateway", properties)


def _flow_log(properties: Properties) -> Properties:
    return _tagged("vpc-flow-log", {**properties, "ResourceIds": [properties["ResourceId"]]})


def _rule(side: str) -> Callable[[Properties], Properties]:
    """A rule is one entry of IpPermissions; `side` is Source or Destination."""

    def to_api(properties: Properties) -> Properties:
        group = {"GroupId": properties.get(f"{side}SecurityGroupId"), "Description": properties.get("Description")}
        permission: Properties = {name: properties.get(name) for name in ("IpProtocol", "FromPort", "ToPort")}
        described = {"Description": properties.get("Description")}
        if group["GroupId"]:
            permission["UserIdGroupPairs"] = [{**group, "UserId": properties.get("SourceSecurityGroupOwnerId")}]
        if properties.get("CidrIp"):
            permission["IpRanges"] = [{"CidrIp": properties["CidrIp"], **described}]
        if properties.get("CidrIpv6"):
            permission["Ipv6Ranges"] = [{"CidrIpv6": properties["CidrIpv6"], **described}]
        if prefix_list := properties.get(f"{side}PrefixListId"):
            permission["PrefixListIds"] = [{"PrefixListId": prefix_list, **described}]
        return {"GroupId": properties["GroupId"], "IpPermissions": [permission]}

    return to_api


def _security_group_rule(direction: str, side: str, create_only: str) -> ResourceType:
    """ministack has no call that changes the description of a rule, so it keeps its first one."""
    return ResourceType(
        name=f"AWS::EC2::SecurityGroup{direction}",
        service="ec2",
        create=f"AuthorizeSecurityGroup{direction}",
        delete=f"RevokeSecurityGroup{direction}",
        ref=("Id",),
        key=words("GroupId SecurityGroupRuleIds"),
        recover=lambda ref, properties: {"GroupId": properties["GroupId"], "SecurityGroupRuleIds": [ref]},
        create_only=words(f"IpProtocol FromPort ToPort CidrIp CidrIpv6 GroupId {create_only}"),
        to_create=_rule(side),
        outcome=lambda answer: {"Id": answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]},
    )


TYPES = (
    ResourceType(
        name="AWS::EC2::EIP",
        service="ec2",
        create="AllocateAddress",
        delete="ReleaseAddress",
        ref=("PublicIp",),
        key=("AllocationId",),
        recover=_address,
        create_only=words("NetworkBorderGroup TransferAddress IpamPoolId Address"),
        tagged_by="AllocationId",
        to_create=lambda properties: _tagged("elastic-ip", properties),
    ),
    ResourceType(
        name="AWS::EC2::NatGateway",
        service="ec2",
        create="CreateNatGateway",
        delete="DeleteNatGateway",
        ref=("NatGatewayId",),
        key=("NatGatewayId",),
        recover=parts("NatGatewayId"),
        create_only=words("VpcId SubnetId ConnectivityType AllocationId PrivateIpAddress AvailabilityMode"),
        tagged_by="NatGatewayId",
        to_create=_gateway,
        outcome=lambda answer: answer["NatGateway"],
    ),
    ResourceType(
        name="AWS::EC2::FlowLog",
        service="ec2",
        create="CreateFlowLogs",
        delete="DeleteFlowLogs",
        ref=("Id",),
        key=("FlowLogIds",),
        recover=lambda ref, properties: {"FlowLogIds": [ref]},
        create_only=words(
            "DeliverCrossAccountRole DeliverLogsPermissionArn LogGroupName LogDestination ResourceId TrafficType "
            "LogDestinationType ResourceType LogFormat MaxAggregationInterval DestinationOptions TagFieldSpecifications"
        ),
        tagged_by="Id",
        to_create=_flow_log,
        outcome=lambda answer: {"Id": answer["FlowLogIds"][0]},
    ),
    _security_group_rule(
        "Ingress",
        "Source",
        "GroupName SourceSecurityGroupId SourcePrefixListId SourceSecurityGroupName SourceSecurityGroupOwnerId",
    ),
    _security_group_rule("Egress", "Destination", "DestinationSecurityGroupId DestinationPrefixListId"),
)
