"""The permissions boundary: what no role of the team can do, whatever its policies say."""

from __future__ import annotations

from constructs import Construct

from infra import walls
from infra.canvas import PERSONAS as CANVAS_PERSONAS
from infra.network import NetworkIds
from infra.part import Part
from infra.statements import Statement, allow, document, pass_role
from infra.tenant import Tenant

PASSED = ("training", "processing", "monitor", "serving")
"""Roles that a role of the team may hand over, to SageMaker only. All others are handed over by CloudFormation."""
SERVICES = (
    "application-autoscaling",
    "athena",
    "cloudformation",
    "cloudwatch",
    "codebuild",
    "ec2",
    "ecr",
    "elasticfilesystem",
    "glue",
    "logs",
    "sagemaker",
    "servicequotas",
    "xray",
)
KEY_USE = ("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")


def boundary_name(tenant: Tenant) -> str:
    return f"{tenant.names.prefix}-boundary"


class Boundary(Part):
    """A managed policy that every role of the team carries as its boundary: the ceiling, and the walls below it.

    The ceiling gives nothing by itself: a role can do what its own policy grants and nothing outside of it. Most of it
    are uses, never the administration, of what carries the team's prefix: no role can open a bucket, a key or itself.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, network: NetworkIds) -> None:
        super().__init__(scope, id, tenant)
        self.add(
            "Policy",
            "AWS::IAM::ManagedPolicy",
            {
                "ManagedPolicyName": boundary_name(tenant),
                "Description": f"The most that a role of {tenant.names.prefix} can be allowed",
                "PolicyDocument": document([*self._ceiling(), *walls.walls(tenant, network)]),
            },
        )

    def _ceiling(self) -> list[Statement]:
        return [*self._data(), self._key(), *self._passing(), *self._shared()]

    def _data(self) -> list[Statement]:
        """What is kept under the team's prefix, what it is deployed from, and the parameters of its models."""
        of, prefix = self.arns.of, self.names.prefix
        parameters = of("ssm", f"parameter{self.names.parameters}")
        return [
            allow(
                ["s3:*Object*", "s3:ListBucket*", "s3:GetBucket*", "s3:*Multipart*"], [self.arns.bucket(f"{prefix}-*")]
            ),
            allow(["s3:GetObject*"], [self.arns.bucket(f"cdk-*-assets-{self.tenant.account}-{self.tenant.region}/*")]),
            allow(["dynamodb:*Item*", "dynamodb:Query", "dynamodb:Scan"], [of("dynamodb", f"table/{prefix}-*")]),
            allow(["sns:Publish"], [of("sns", f"{prefix}-*")]),
            allow(["sqs:*Message*", "sqs:GetQueue*"], [of("sqs", f"{prefix}-*")]),
            allow(["ssm:GetParameter*", "ssm:PutParameter"], [parameters, f"{parameters}/*"]),
            allow(["lambda:InvokeFunction"], [of("lambda", f"function:{prefix}-*")]),
            allow(["budgets:ViewBudget"], [self.arns.budget(f"{prefix}-*")]),
        ]

    def _key(self) -> Statement:
        """Every key that bears the team's alias, which is the team's one key."""
        actions = [f"kms:{use}" for use in (*KEY_USE, "DescribeKey", "CreateGrant")]
        own = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": self.names.key_alias}}
        return allow(actions, [self.arns.of("kms", "key/*")], own)

    def _passing(self) -> list[Statement]:
        canvas = CANVAS_PERSONAS if self.tenant.team.studio.canvas else ()
        roles = [self.arns.role(self.names.role(kind)) for kind in (*PASSED, *canvas)]
        return [
            pass_role(roles, "sagemaker.amazonaws.com"),
            *([self._launching()] if self.tenant.team.projects else []),
            allow(["iam:CreateServiceLinkedRole"], [self.arns.role("aws-service-role/*")]),
        ]

    def _launching(self) -> Statement:
        """A project's resources are made by CloudFormation, with the role for that."""
        return pass_role([self.arns.role(self.names.role("project-launch"))], "cloudformation.amazonaws.com")

    def _shared(self) -> list[Statement]:
        """Services whose resources are named by AWS, or whose actions take no resource. The walls stand around them."""
        here = {"StringEquals": {"aws:RequestedRegion": self.tenant.region}}
        services = [*SERVICES, *(["license-manager"] if self.tenant.team.studio.rstudio else [])]
        return [allow([f"{service}:*" for service in services], ["*"], here)]
