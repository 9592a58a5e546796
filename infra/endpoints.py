"""Private ways from the team's subnets to the AWS services that its jobs and Studio call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from constructs import Construct

from core.config.team import Team
from infra.network import Network
from infra.part import Part
from infra.statements import Statement, document

ALWAYS = {
    "sagemaker.api": "sagemaker",
    "sagemaker.runtime": "sagemaker",
    "sts": "sts",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "kms": "kms",
    "ssm": "ssm",
}
"""Interface endpoints `com.amazonaws.<region>.<name>` of every team -> IAM prefix of what is called there."""
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def services(team: Team, region: str) -> dict[str, str]:
    """Name of each interface endpoint that the team has a use for -> IAM prefix. Each costs by zone and hour.

    Where people work in Studio there are Studio itself and EventBridge, with which it schedules what they plan there.
    """
    aws, studio = f"com.amazonaws.{region}", f"aws.sagemaker.{region}"
    found = {f"{aws}.{name}": prefix for name, prefix in ALWAYS.items()}
    if team.members:
        found |= {f"{studio}.studio": "sagemaker", f"{aws}.events": "events"}
    if team.studio.notebooks:
        found |= {f"{studio}.notebook": "sagemaker"}
    if team.mlflow:
        found |= {f"{studio}.experiments": "sagemaker-mlflow"}
    if team.feature_groups:
        found |= {f"{aws}.sagemaker.featurestore-runtime": "sagemaker"}
    if any(group.offline for group in team.feature_groups) or team.studio.canvas:
        found |= {f"{aws}.athena": "athena", f"{aws}.glue": "glue"}
    return found


class Endpoints(Part):
    """One interface endpoint a service, and S3 by the route tables. Each lets through this account's own callers.

    In an existing VPC there are those that the team's file asks for: a second endpoint of one service with private
    DNS is refused by EC2, so by default the VPC's own ones are used.
    """

    def __init__(self, scope: Construct, id: str, network: Network) -> None:
        super().__init__(scope, id, network.tenant)
        self._place, self._workloads = network.place, network.ids.security_group
        existing = self.tenant.environment.network.existing
        if existing is None or existing.endpoints:
            group = self._security_group()
            for service, prefix in services(self.tenant.team, self.tenant.region).items():
                self._interface(service, prefix, group)
        if self._place.route_tables:
            self._s3()

    def _interface(self, service: str, prefix: str, group: str) -> None:
        id = "".join(part.capitalize() for part in service.replace(f".{self.tenant.region}", "").split(".")[1:])
        self.add(
            id,
            "AWS::EC2::VPCEndpoint",
            {
                "VpcEndpointType": "Interface",
                "ServiceName": service,
                "VpcId": self._place.vpc,
                "SubnetIds": list(self._place.isolated),
                "SecurityGroupIds": [group],
                "PrivateDnsEnabled": True,
                "PolicyDocument": document([self._own_callers([f"{prefix}:*"], ["*"])]),
            },
        )

    def _s3(self) -> None:
        """The team's buckets, and what AWS itself gives out; no other bucket can be reached, in no account."""
        own = self.arns.bucket(f"{self.names.prefix}-*")
        self.add(
            "S3",
            "AWS::EC2::VPCEndpoint",
            {
                "VpcEndpointType": "Gateway",
                "ServiceName": f"com.amazonaws.{self.tenant.region}.s3",
                "VpcId": self._place.vpc,
                "RouteTableIds": list(self._place.route_tables),
                "PolicyDocument": document(
                    [
                        self._own_callers(["s3:*"], [own], {"aws:ResourceAccount": self.tenant.account}),
                        {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": [*self._given()]},
                    ]
                ),
            },
        )

    def _given(self) -> Iterator[str]:
        """Read only: layers of container images (ECR), and the models of JumpStart."""
        for bucket in (
            f"prod-{self.tenant.region}-starport-layer-bucket",
            f"jumpstart-cache-prod-{self.tenant.region}",
        ):
            yield self.arns.bucket(f"{bucket}/*")

    def _own_callers(self, actions: list[str], resources: list[str], more: dict[str, Any] | None = None) -> Statement:
        return {
            "Effect": "Allow",
            "Principal": "*",
            "Action": actions,
            "Resource": resources,
            "Condition": {"StringEquals": {"aws:PrincipalAccount": self.tenant.account, **(more or {})}},
        }

    def _security_group(self) -> str:
        """TLS from the team's workloads, and from nobody else in the VPC."""
        group = self.add(
            "Group",
            "AWS::EC2::SecurityGroup",
            {
                "GroupDescription": f"VPC endpoints of {self.names.prefix}",
                "VpcId": self._place.vpc,
                "SecurityGroupIngress": [
                    {**HTTPS, "SourceSecurityGroupId": self._workloads, "Description": "TLS from the team's workloads"}
                ],
                "SecurityGroupEgress": [
                    {**HTTPS, "DestinationSecurityGroupId": self._workloads, "Description": "Answers stay inside"}
                ],
            },
        )
        return group.get_att("GroupId")
