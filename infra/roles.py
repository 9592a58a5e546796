"""An IAM role of the team: computed name, one trusted service, the boundary, and its grants."""

from __future__ import annotations

from collections.abc import Iterable

from constructs import Construct

from infra.boundary import boundary_name
from infra.part import Part
from infra.statements import Statement, allow_service, document
from infra.tenant import Tenant


class Role(Part):
    """`kind` is a job or a persona, as in `TeamNames.role`. Only `service` may assume it, and only for this account."""

    def __init__(
        self, scope: Construct, id: str, tenant: Tenant, *, kind: str, service: str, grants: Iterable[Statement]
    ) -> None:
        super().__init__(scope, id, tenant)
        self.arn = self.arns.role(self.names.role(kind))
        for_us = {"StringEquals": {"aws:SourceAccount": tenant.account}}
        trust = allow_service(service, ["sts:AssumeRole"], [], for_us)
        del trust["Resource"]  # a trust policy is about the role itself
        self.resource = self.add(
            "Role",
            "AWS::IAM::Role",
            {
                "RoleName": self.names.role(kind),
                "AssumeRolePolicyDocument": document([trust]),
                "PermissionsBoundary": self.arns.policy(boundary_name(tenant)),
                "Policies": [{"PolicyName": kind, "PolicyDocument": document(grants)}],
            },
        )
