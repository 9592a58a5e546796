"""The permissions boundary: what no role of the team can do, whatever its policies say."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from infra.part import Part
from infra.statements import allow, document
from infra.tenant import Tenant


def boundary_name(tenant: Tenant) -> str:
    return f"{tenant.names.prefix}-boundary"


class Boundary(Part):
    """A managed policy that every role of the team carries as its boundary.

    It names services, not actions: a role can do what its own policy grants and nothing outside of these. Of
    IAM it lets through only what hands the team's own roles to services, so no role can widen itself.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant) -> None:
        super().__init__(scope, id, tenant)
        self.add(
            "Policy",
            "AWS::IAM::ManagedPolicy",
            {
                "ManagedPolicyName": boundary_name(tenant),
                "Description": f"The most that a role of {tenant.names.prefix} can be allowed",
                "PolicyDocument": document([*self._own(), *self._shared(), *self._denied()]),
            },
        )

    def _own(self) -> list[dict[str, Any]]:
        """Services whose resources carry the team's prefix."""
        of, prefix = self.arns.of, self.names.prefix
        return [
            allow(["s3:*"], [self.arns.bucket(f"{prefix}-*")]),
            allow(["dynamodb:*"], [of("dynamodb", f"table/{prefix}-*")]),
            allow(["sns:*"], [of("sns", f"{prefix}-*")]),
            allow(["sqs:*"], [of("sqs", f"{prefix}-*")]),
            allow(
                ["ssm:*"],
                [of("ssm", f"parameter{self.names.parameters}"), of("ssm", f"parameter{self.names.parameters}/*")],
            ),
            allow(["iam:PassRole", "iam:GetRole"], [self.arns.role(f"{prefix}-*")]),
            allow(["iam:CreateServiceLinkedRole"], [self.arns.role("aws-service-role/*")]),
        ]

    def _shared(self) -> list[dict[str, Any]]:
        """Services whose resources are named by AWS, or whose actions take no resource."""
        services = ["sagemaker", "kms", "logs", "cloudwatch", "ecr", "ec2", "xray", "application-autoscaling"]
        return [
            allow(
                [f"{service}:*" for service in services],
                ["*"],
                {"StringEquals": {"aws:RequestedRegion": self.tenant.region}},
            )
        ]

    def _denied(self) -> list[dict[str, Any]]:
        """Guard rails: denied even where a role's policy allows it."""
        return [
            {
                "Effect": "Deny",
                "Action": ["sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"],
                "Resource": "*",
            }
        ]
