"""A way to the internet for the private subnets, where the team asks for one: a NAT gateway in each zone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from constructs import Construct

from infra.part import Part
from infra.template import Resource
from infra.tenant import Tenant
from infra.zones import availability_zone

ONLY_GATEWAYS = "The public subnets hold NAT gateways and nothing else; whatever runs has no route to the gateway."
ACKNOWLEDGED = {"NIST.800.53.R5-VPCNoUnrestrictedRouteToIGW": ONLY_GATEWAYS}


class Nat(Part):
    """Outbound only. One gateway a zone: a zone that fails takes no other zone with it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        tenant: Tenant,
        *,
        vpc: str,
        cidrs: Iterable[str],
        private_routes: Sequence[Resource],
    ) -> None:
        super().__init__(scope, id, tenant)
        gateway = self.add("Internet", "AWS::EC2::InternetGateway", {})
        attached = self.add(
            "Attached", "AWS::EC2::VPCGatewayAttachment", {"VpcId": vpc, "InternetGatewayId": gateway.ref}
        )
        public = self.add("PublicRoutes", "AWS::EC2::RouteTable", {"VpcId": vpc})
        to_internet = {"RouteTableId": public.ref, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway.ref}
        self.add("ToInternet", "AWS::EC2::Route", to_internet, after=[attached], acknowledges=ACKNOWLEDGED)
        for zone, cidr, table in zip(tenant.zones, cidrs, private_routes, strict=True):
            letter = zone.upper()
            place = {"AvailabilityZone": availability_zone(zone), "CidrBlock": cidr}
            properties = {"VpcId": vpc, **place, "MapPublicIpOnLaunch": False}
            subnet = self.add(f"Public{letter}", "AWS::EC2::Subnet", properties)
            self.add(
                f"RoutesOfPublic{letter}",
                "AWS::EC2::SubnetRouteTableAssociation",
                {"SubnetId": subnet.ref, "RouteTableId": public.ref},
            )
            address = self.add(f"Address{letter}", "AWS::EC2::EIP", {"Domain": "vpc"}, after=[attached])
            nat = self.add(
                f"Gateway{letter}",
                "AWS::EC2::NatGateway",
                {
                    "SubnetId": subnet.ref,
                    "AllocationId": address.get_att("AllocationId"),
                },
                after=[attached],
            )
            self._route(f"ToGateway{letter}", table, {"NatGatewayId": nat.ref})

    def _route(self, id: str, table: Resource, target: dict[str, str]) -> None:
        properties = {"RouteTableId": table.ref, "DestinationCidrBlock": "0.0.0.0/0", **target}
        self.add(id, "AWS::EC2::Route", properties)
