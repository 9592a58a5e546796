"""The permissions boundary: what no role of the team can do, whatever its policies say."""

from __future__ import annotations

from constructs import Construct

from infra.ceiling import ceiling
from infra.network import NetworkIds
from infra.part import Part
from infra.statements import document
from infra.tenant import Tenant
from infra.walls import walls
from infra.wildcards import acknowledged_in_a_limit


def boundary_name(tenant: Tenant) -> str:
    return f"{tenant.names.prefix}-boundary"


class Boundary(Part):
    """A managed policy that every role of the team carries as its boundary: the ceiling, and the walls below it.

    The ceiling gives nothing by itself: a role can do what its own policy grants and nothing outside of it. Most of it
    are uses, never the administration, of what carries the team's prefix: no role can open a bucket, a key or itself.
    """

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, network: NetworkIds) -> None:
        super().__init__(scope, id, tenant)
        statements = [*ceiling(tenant), *walls(tenant, network)]
        self.add(
            "Policy",
            "AWS::IAM::ManagedPolicy",
            {
                "ManagedPolicyName": boundary_name(tenant),
                "Description": f"The most that a role of {tenant.names.prefix} can be allowed",
                "PolicyDocument": document(statements),
            },
            acknowledges=acknowledged_in_a_limit(statements),
        )
