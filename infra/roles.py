"""An IAM role of the team: computed name, one trusted service, the boundary, and its grants."""

from __future__ import annotations

from collections.abc import Iterable

from constructs import Construct

from infra.boundary import boundary_name
from infra.guard_rails import needs_guard_rails, rails
from infra.part import Part
from infra.policy_size import laid_out
from infra.statements import Statement, allow_service, document
from infra.template import Resource
from infra.tenant import Tenant
from infra.wildcards import acknowledged

OWN_GRANTS = (
    "What only this role may do goes with the role and cannot be attached to another one; what several may do, and the "
    "limits of all, are managed policies."
)


class Role(Part):
    """`kind` is a job or a persona, as in `TeamNames.role`. Only `service` may assume it, and only for this account.

    Grants that are too long for a role's own policy go into managed policies beside it.

    The boundary stands in the network stack, so whatever stack has a role comes after that one. A role that may start
    jobs, endpoints or applications carries the guard rails as well, which stand in the artifacts stack.
    """

    def __init__(
        self, scope: Construct, id: str, tenant: Tenant, *, kind: str, service: str, grants: Iterable[Statement]
    ) -> None:
        super().__init__(scope, id, tenant)
        self.arn = self.arns.role(self.names.role(kind))
        for_us = {"StringEquals": {"aws:SourceAccount": tenant.account}}
        trust = allow_service(service, ["sts:AssumeRole"], [], for_us)
        del trust["Resource"]  # a trust policy is about the role itself
        statements = [each for each in grants if each["Resource"]]  # what a team without models has none of
        own, beside = laid_out(statements)
        more = {f"{self.names.role(kind)}-{number}": each for number, each in enumerate(beside, 2)}
        made = [self._more(name, each) for name, each in more.items()]
        attached = [*map(self.arns.policy, more), *(rails(tenant) if needs_guard_rails(statements) else [])]
        self.resource = self.add(
            "Role",
            "AWS::IAM::Role",
            {
                "RoleName": self.names.role(kind),
                "AssumeRolePolicyDocument": document([trust]),
                "PermissionsBoundary": self.arns.policy(boundary_name(tenant)),
                "Policies": [{"PolicyName": kind, "PolicyDocument": document(own)}],
                **({"ManagedPolicyArns": attached} if attached else {}),
            },
            acknowledges={"NIST.800.53.R5-IAMNoInlinePolicy": OWN_GRANTS, **acknowledged(tenant, own)},
            after=made,
        )

    def _more(self, name: str, statements: list[Statement]) -> Resource:
        return self.add(
            f"Policy{name.rpartition('-')[2]}",
            "AWS::IAM::ManagedPolicy",
            {
                "ManagedPolicyName": name,
                "Description": f"What {name.rpartition('-')[0]} may do as well",
                "PolicyDocument": document(statements),
            },
            acknowledges=acknowledged(self.tenant, statements),
        )
