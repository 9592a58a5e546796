"""Where people work: the domain, their profiles and roles, their spaces."""

from __future__ import annotations

from constructs import Construct

from infra.domain import Domain
from infra.members import Members
from infra.network import NetworkIds
from infra.persona_roles import studio_role
from infra.tenant import Tenant
from stacks.team_stack import TeamStack


class StudioStack(TeamStack):
    def __init__(self, scope: Construct, tenant: Tenant, *, network: NetworkIds, key_arn: str) -> None:
        super().__init__(scope, "studio", tenant, "SageMaker domain, members and spaces")
        role = studio_role(self, tenant, key_arn)
        domain = Domain(self, "Domain", tenant, network=network, key_arn=key_arn, role=role)
        Members(self, "Members", domain, network=network, key_arn=key_arn)
