"""The team's network: a VPC of its own or an existing one, and one security group for everything that runs in it."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from core.config.environment import ExistingNetwork
from infra.part import Part
from infra.tenant import Tenant
from infra.vpc import Place, Vpc

ONLY_EACH_OTHER = "From members of this same group only: instances of one distributed job talk to each other."


@dataclass(frozen=True)
class NetworkIds:
    """What AWS generates and others need: jobs, endpoints and Studio run with these."""

    vpc: str
    subnets: tuple[str, ...]
    """For jobs and endpoints: one a zone, in the order of the zones, with no way to the internet in an own VPC."""
    security_group: str
    studio_subnets: tuple[str, ...]
    """For Studio and notebook instances, one a zone: with NAT they have a way to the internet."""


class Network(Part):
    """Where the team's workloads run, and their security group. Nothing comes in from outside.

    Of an existing VPC nothing is changed: the group is the only thing in it that is the team's own.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant) -> None:
        super().__init__(scope, id, tenant)
        existing = tenant.environment.network.existing
        self.place = Vpc(self, "Vpc", tenant).place if existing is None else joined(existing)
        self.ids = NetworkIds(
            vpc=self.place.vpc,
            subnets=self.place.isolated,
            security_group=self._security_group(),
            studio_subnets=self.place.private,
        )

    def _security_group(self) -> str:
        """Instances of one job talk to each other; beyond, they speak TLS with what their subnet has a way to."""
        out = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
        group = self.add(
            "Workloads",
            "AWS::EC2::SecurityGroup",
            {
                "GroupDescription": f"Jobs, endpoints and Studio of {self.names.prefix}",
                "VpcId": self.place.vpc,
                "SecurityGroupEgress": [{**out, "Description": "VPC endpoints; more only where the subnet has a way"}],
            },
        ).get_att("GroupId")
        together = {"GroupId": group, "IpProtocol": "-1", "Description": "Instances of one distributed job"}
        self.add(
            "WorkloadsTogether",
            "AWS::EC2::SecurityGroupIngress",
            {**together, "SourceSecurityGroupId": group},
            acknowledges={"NIST.800.53.R5-EC2RestrictedCommonPorts": ONLY_EACH_OTHER},
        )
        self.add("WorkloadsOut", "AWS::EC2::SecurityGroupEgress", {**together, "DestinationSecurityGroupId": group})
        return group


def joined(existing: ExistingNetwork) -> Place:
    """Of somebody else's VPC: all that is known of its subnets is what the team's file says."""
    return Place(existing.vpc, existing.subnets, existing.subnets, existing.route_tables)
