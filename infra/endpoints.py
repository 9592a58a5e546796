"""Private ways from the team's subnets to the AWS services that its jobs and Studio call."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from infra.network import Network
from infra.part import Part
from infra.statements import document
from infra.template import Resource

SERVICES = {
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
"""Interface endpoints: the end of the service's name, and the IAM prefix of its actions."""


class Endpoints(Part):
    """One interface endpoint a service, and S3 by the route tables. Each lets through this account's own callers."""

    def __init__(self, scope: Construct, id: str, network: Network) -> None:
        super().__init__(scope, id, network.tenant)
        self._network = network
        group = self._security_group()
        for service, prefix in SERVICES.items():
            name = "".join(part.capitalize() for part in service.split("."))
            self._interface(name, f"com.amazonaws.{self.tenant.region}.{service}", prefix, group)
        self._interface("SagemakerStudio", f"aws.sagemaker.{self.tenant.region}.studio", "sagemaker", group)
        self._s3()

    def _interface(self, id: str, service: str, prefix: str, group: str) -> Resource:
        return self.add(
            id,
            "AWS::EC2::VPCEndpoint",
            {
                "VpcEndpointType": "Interface",
                "ServiceName": service,
                "VpcId": self._network.ids.vpc,
                "SubnetIds": list(self._network.ids.subnets),
                "SecurityGroupIds": [group],
                "PrivateDnsEnabled": True,
                "PolicyDocument": document([self._own_callers([f"{prefix}:*"], ["*"])]),
            },
        )

    def _s3(self) -> Resource:
        """The team's buckets, and the bucket in which ECR keeps image layers; no other bucket can be reached."""
        own = self.arns.bucket(f"{self.names.prefix}-*")
        layers = self.arns.bucket(f"prod-{self.tenant.region}-starport-layer-bucket/*")
        read_layers = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": [layers]}
        return self.add(
            "S3",
            "AWS::EC2::VPCEndpoint",
            {
                "VpcEndpointType": "Gateway",
                "ServiceName": f"com.amazonaws.{self.tenant.region}.s3",
                "VpcId": self._network.ids.vpc,
                "RouteTableIds": [table.ref for table in self._network.route_tables],
                "PolicyDocument": document([self._own_callers(["s3:*"], [own]), read_layers]),
            },
        )

    def _own_callers(self, actions: list[str], resources: list[str]) -> dict[str, Any]:
        return {
            "Effect": "Allow",
            "Principal": "*",
            "Action": actions,
            "Resource": resources,
            "Condition": {"StringEquals": {"aws:PrincipalAccount": self.tenant.account}},
        }

    def _security_group(self) -> str:
        cidr = str(self.tenant.environment.network.cidr)
        group = self.add(
            "Group",
            "AWS::EC2::SecurityGroup",
            {
                "GroupDescription": f"VPC endpoints of {self.names.prefix}",
                "VpcId": self._network.ids.vpc,
                "SecurityGroupIngress": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": 443,
                        "ToPort": 443,
                        "CidrIp": cidr,
                        "Description": "TLS from the VPC",
                    }
                ],
                "SecurityGroupEgress": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": 443,
                        "ToPort": 443,
                        "CidrIp": cidr,
                        "Description": "Answers stay inside",
                    }
                ],
            },
        )
        return group.get_att("GroupId")
