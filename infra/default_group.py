"""The default security group of the team's own VPC, closed: no template can do that, so a function does."""

from __future__ import annotations

from constructs import Construct

from core.contracts.default_group import RESOURCE_TYPE, VPC
from infra.custom_resource import CustomResourceFunction
from infra.grants import in_ec2
from infra.network import NetworkIds
from infra.part import Part
from infra.statements import allow
from infra.tenant import Tenant

NAME = "default_group"


class DefaultGroup(Part):
    """It stands apart from the network because the function needs the key. Somebody else's VPC is left as it is."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, network: NetworkIds, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        if tenant.environment.network.existing is not None:
            return
        in_vpc = {"ArnEquals": {"ec2:Vpc": self.arns.of("ec2", f"vpc/{network.vpc}")}}
        revoke = ["ec2:RevokeSecurityGroupIngress", "ec2:RevokeSecurityGroupEgress"]
        function = CustomResourceFunction(
            self,
            "Function",
            tenant,
            name=NAME,
            key_arn=key_arn,
            variables={},
            grants=[
                allow(["ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"], ["*"]),
                allow(revoke, in_ec2(self.tenant), in_vpc),
            ],
        )
        function.resource("Closed", RESOURCE_TYPE, {VPC: network.vpc})
