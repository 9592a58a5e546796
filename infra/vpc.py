"""A VPC of the team's own: isolated subnets for what machines do, private ones for what people do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import islice

from constructs import Construct

from infra.nat import Nat
from infra.part import Part
from infra.template import Resource
from infra.tenant import Tenant
from infra.zones import availability_zone

SUBNET_BITS = 4
"""The VPC's range has 16 parts: six for isolated subnets, six for private ones, one for the ways to the internet."""
MOST_ZONES = 6
FIRST_PRIVATE = MOST_ZONES
PUBLIC_PART = 2 * MOST_ZONES
PUBLIC_BITS = 8
"""A public subnet holds a NAT gateway and nothing else: /24 in a VPC of /16, and /28, EC2's smallest, in one of /20."""

LOGGED_ELSEWHERE = (
    "Its flow log stands in the operations stack, beside the encrypted log group that it needs; the rule looks into one"
    " stack only. The guard's NET-01 follows it across stacks."
)
CLOSED_ELSEWHERE = (
    "A custom resource of this environment closes it; the rule knows only the CDK's own. The guard's NET-05 sees it."
)
ACKNOWLEDGED = {
    "AwsSolutions-VPC7": LOGGED_ELSEWHERE,
    "NIST.800.53.R5-VPCFlowLogsEnabled": LOGGED_ELSEWHERE,
    "NIST.800.53.R5-VPCDefaultSecurityGroupClosed": CLOSED_ELSEWHERE,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a team's workloads run. The subnets are one a zone, in the order of the zones."""

    vpc: str
    isolated: tuple[str, ...]
    private: tuple[str, ...]
    route_tables: tuple[str, ...]
    """Of all these subnets."""


class Vpc(Part):
    """Subnets without public addresses in two or more zones. The same ones with and without NAT.

    Isolated subnets have no route out of the VPC, ever: jobs, endpoints and VPC endpoints are there. Private subnets
    get a route to the internet where the team asks for NAT: Studio and notebook instances are there, for people who
    install packages. So NAT comes and goes with routes alone, and nothing that holds data is replaced.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant) -> None:
        super().__init__(scope, id, tenant)
        cidr = {"CidrBlock": str(self._cidr), "EnableDnsSupport": True, "EnableDnsHostnames": True}
        self._vpc = self.add("Vpc", "AWS::EC2::VPC", cidr, acknowledges=ACKNOWLEDGED)
        isolated, isolated_tables = self._subnets("Isolated", self._parts(0))
        private, private_tables = self._subnets("Private", self._parts(FIRST_PRIVATE))
        if tenant.environment.network.nat:
            Nat(self, "Nat", tenant, vpc=self._vpc.ref, cidrs=self._public(), private_routes=private_tables)
        self.place = Place(
            self._vpc.ref,
            tuple(subnet.ref for subnet in isolated),
            tuple(subnet.ref for subnet in private),
            tuple(table.ref for table in (*isolated_tables, *private_tables)),
        )

    @property
    def _cidr(self) -> IPv4Network:
        return self.tenant.environment.network.cidr

    def _parts(self, first: int) -> list[str]:
        """Ranges of one subnet a zone, from the `first`-th part on."""
        ranges = self._cidr.subnets(prefixlen_diff=SUBNET_BITS)
        return [str(cidr) for cidr in islice(ranges, first, first + len(self.tenant.zones))]

    def _public(self) -> Iterator[str]:
        part = next(islice(self._cidr.subnets(prefixlen_diff=SUBNET_BITS), PUBLIC_PART, None))
        small = part.subnets(prefixlen_diff=PUBLIC_BITS - SUBNET_BITS)
        return (str(cidr) for cidr in islice(small, len(self.tenant.zones)))

    def _subnets(self, tier: str, cidrs: list[str]) -> tuple[list[Resource], list[Resource]]:
        """Each with a route table of its own, so that a zone's way out can differ from another's."""
        subnets, tables = [], []
        for zone, cidr in zip(self.tenant.zones, cidrs, strict=True):
            place = {"AvailabilityZone": availability_zone(zone), "CidrBlock": cidr}
            name = f"{tier}{zone.upper()}"
            subnet = self.add(name, "AWS::EC2::Subnet", {"VpcId": self._vpc.ref, **place, "MapPublicIpOnLaunch": False})
            table = self.add(f"{name}Routes", "AWS::EC2::RouteTable", {"VpcId": self._vpc.ref})
            self.add(
                f"RoutesOf{name}",
                "AWS::EC2::SubnetRouteTableAssociation",
                {"SubnetId": subnet.ref, "RouteTableId": table.ref},
            )
            subnets.append(subnet)
            tables.append(table)
        return subnets, tables
