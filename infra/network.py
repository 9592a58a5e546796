"""The team's network: private subnets in two or more zones, and one security group for everything that runs in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from constructs import Construct

from infra.nat import Nat
from infra.part import Part
from infra.template import Resource
from infra.tenant import Tenant
from infra.zones import availability_zone

SUBNET_BITS = 4
"""A VPC holds 16 subnets: the first eight are private, one a zone, the others are for ways to the internet."""
FIRST_PUBLIC = 8


@dataclass(frozen=True)
class NetworkIds:
    """What AWS generates and others need: jobs, endpoints and Studio run with these."""

    vpc: str
    subnets: tuple[str, ...]
    """One private subnet a zone, in the order of the zones."""
    security_group: str


class Network(Part):
    """VPC, private subnets and security group. Nothing has a public address and nothing comes in from outside."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant) -> None:
        super().__init__(scope, id, tenant)
        self.vpc = self.add(
            "Vpc",
            "AWS::EC2::VPC",
            {"CidrBlock": str(self._cidr), "EnableDnsSupport": True, "EnableDnsHostnames": True},
        )
        self.subnets, self.route_tables = self._private()
        self.security_group = self._security_group()
        if tenant.environment.network.nat:
            cidrs = self._subnet_cidrs(FIRST_PUBLIC)
            Nat(self, "Nat", tenant, vpc=self.vpc.ref, cidrs=cidrs, private_routes=self.route_tables)
        self.ids = NetworkIds(
            self.vpc.ref, tuple(subnet.ref for subnet in self.subnets), self._group_id(self.security_group)
        )

    @property
    def _cidr(self) -> IPv4Network:
        return self.tenant.environment.network.cidr

    def _subnet_cidrs(self, first: int = 0) -> Iterator[str]:
        """Ranges of one subnet a zone, from the `first`-th on."""
        ranges = list(self._cidr.subnets(prefixlen_diff=SUBNET_BITS))
        return (str(cidr) for cidr in ranges[first : first + len(self.tenant.zones)])

    def _private(self) -> tuple[list[Resource], list[Resource]]:
        subnets, tables = [], []
        for zone, cidr in zip(self.tenant.zones, self._subnet_cidrs(), strict=True):
            letter = zone.upper()
            subnet = self.add(
                f"Subnet{letter}",
                "AWS::EC2::Subnet",
                {
                    "VpcId": self.vpc.ref,
                    "AvailabilityZone": availability_zone(zone),
                    "CidrBlock": cidr,
                    "MapPublicIpOnLaunch": False,
                },
            )
            table = self.add(f"Routes{letter}", "AWS::EC2::RouteTable", {"VpcId": self.vpc.ref})
            self.add(
                f"RoutesOfSubnet{letter}",
                "AWS::EC2::SubnetRouteTableAssociation",
                {"SubnetId": subnet.ref, "RouteTableId": table.ref},
            )
            subnets.append(subnet)
            tables.append(table)
        return subnets, tables

    def _security_group(self) -> Resource:
        """Instances of one job talk to each other; out they reach what the subnets have a way to."""
        group = self.add(
            "Workloads",
            "AWS::EC2::SecurityGroup",
            {
                "GroupDescription": f"Jobs, endpoints and Studio of {self.names.prefix}",
                "VpcId": self.vpc.ref,
                "SecurityGroupEgress": [
                    {
                        "IpProtocol": "-1",
                        "CidrIp": "0.0.0.0/0",
                        "Description": "VPC endpoints; the internet only with NAT",
                    }
                ],
            },
        )
        group_id = self._group_id(group)
        self.add(
            "WorkloadsTogether",
            "AWS::EC2::SecurityGroupIngress",
            {
                "GroupId": group_id,
                "SourceSecurityGroupId": group_id,
                "IpProtocol": "-1",
                "Description": "Instances of one distributed job",
            },
        )
        return group

    def _group_id(self, group: Resource) -> str:
        return group.get_att("GroupId")
