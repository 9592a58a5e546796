"""The data perimeter: people and jobs of the team reach its buckets from inside its VPC, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from infra.statements import Statement
from infra.tenant import Tenant

INSIDE = (
    "training",
    "processing",
    "monitor",
    "project-build",
    "studio",
    "data-scientist",
    "ml-engineer",
    "approver",
    "analyst",
)
"""Kinds of role under which the team's own code runs or the team's people act. All of that happens in the VPC:
Studio is VpcOnly, and SageMaker moves a job's data through the subnets that the job names.

Not among them are roles that an AWS service uses outside of any VPC: functions, the pipeline that reads a gate's
verdict, serving (SageMaker looks at the model's data when the model is made; its containers are isolated and have no
credentials), Feature Store, MLflow, the build of the images. None of them runs code that a member of the team can
change without a deployment. Whoever administers the account is not named either, and is never locked out."""


def deny_from_outside(tenant: Tenant, actions: Sequence[str], resources: Sequence[str], vpc: str) -> Statement:
    """A statement of a bucket's policy. An AWS service that works for one of them, as Athena does, may be anywhere."""
    roles = [tenant.arns.role(tenant.names.role(kind)) for kind in INSIDE]
    return {
        "Sid": "OnlyFromTheVpc",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": list(actions),
        "Resource": list(resources),
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": roles},
            "StringNotEquals": {"aws:SourceVpc": vpc},
            "BoolIfExists": {"aws:ViaAWSService": "false"},
        },
    }
