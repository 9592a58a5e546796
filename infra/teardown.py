"""What must be done before CloudFormation can remove an environment: one function, and resources that order it.

CloudFormation deletes in the reverse order of creation. So each resource here stands where its removal is due: after
what must still be there then, and before what could not be deleted otherwise (docs/teardown.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from constructs import Construct

from core.contracts.environment import TeardownEnvironment
from core.contracts.teardown import Contents, Endpoints, MemberUse, StudioLeftovers, StudioUse, Work
from infra.custom_resource import LONGEST_WAIT_S, CustomResourceFunction, add_custom_resource
from infra.domain import Domain
from infra.members import Members
from infra.network import NetworkIds
from infra.part import Part
from infra.roles import OWN_GRANTS
from infra.statements import document
from infra.teardown_grants import end_use_of, take_down
from infra.template import Resource
from infra.tenant import Tenant
from infra.wildcards import acknowledged

NAME = "teardown"
TIMEOUT_S = 13 * 60
"""Four invocations in a row stay within the hour that CloudFormation waits."""


class Asked(Protocol):
    """One of the records in `core.contracts.teardown`."""

    @property
    def TYPE(self) -> str: ...

    def properties(self) -> dict[str, object]: ...


class Teardown(Part):
    """The function. It stands with what is kept, in the stack that is removed after all that work."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, network: NetworkIds, key_arn: str) -> None:
        super().__init__(scope, id, tenant)
        environment = TeardownEnvironment(tenant.team.team, tenant.environment.name, tenant.team.cost_center)
        self._function = CustomResourceFunction(
            self,
            "Function",
            tenant,
            name=NAME,
            key_arn=key_arn,
            variables=environment.variables(),
            grants=take_down(tenant, network),
            timeout_s=TIMEOUT_S,
            goes_on=True,
        )

    def emptied(self, id: str, buckets: Sequence[str], *, after: Iterable[Resource]) -> list[Resource]:
        """Buckets that are to be deleted are emptied before; those that are kept are left alone, and there is nothing.

        `after`: the buckets, and whatever could still be written into them as long as it stands.
        """
        if not self.tenant.destroys_data:
            return []
        contents = Contents(buckets=tuple(buckets))
        return [self._function.resource(id, contents.TYPE, contents.properties(), after=after)]


def vault_is_emptied(part: Part, vault: str, *, after: Iterable[Resource]) -> list[Resource]:
    """As `Teardown.emptied`, for a backup vault in any stack. Whatever fills the vault waits for what this returns."""
    if not part.tenant.destroys_data:
        return []
    return [_add(part, "VaultContents", Contents(vaults=(vault,)), after)]


class EndpointsEnd(Part):
    """Endpoints, which the release path made, end while their role still stands. `after`: the role."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, after: Iterable[Resource]) -> None:
        super().__init__(scope, id, tenant)
        _add(self, "Endpoints", Endpoints(), after)


class WorkEnds(Part):
    """Executions and jobs end before the pipelines are deleted. `after`: the pipelines, and the roles of the jobs."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, after: Iterable[Resource]) -> None:
        super().__init__(scope, id, tenant)
        _add(self, "Work", Work(deletes_packages=tenant.destroys_data), after)


class StudioIsLeft(Part):
    """What a domain leaves goes when it is gone. The domain waits for `resource`, so it is deleted before."""

    def __init__(self, scope: Construct, id: str, tenant: Tenant, *, network: NetworkIds) -> None:
        super().__init__(scope, id, tenant)
        left = StudioLeftovers(network.vpc, network.security_group, deletes_homes=tenant.destroys_data)
        self.resource = _add(self, "Leftovers", left, ())


class StudioUseEnds(Part):
    """Applications, spaces and profiles end before the domain is deleted, and a member's before the profile is.

    What may be ended is granted here, where the domain is known: nothing of another domain.
    """

    def __init__(self, scope: Construct, id: str, domain: Domain, *, network: NetworkIds, members: Members) -> None:
        tenant = domain.tenant
        super().__init__(scope, id, tenant)
        statements = end_use_of(domain)
        policy = self.add(
            "Policy",
            "AWS::IAM::Policy",
            {
                "PolicyName": "studio",
                "Roles": [self.names.role(NAME)],
                "PolicyDocument": document(statements),
            },
            acknowledges={"NIST.800.53.R5-IAMNoInlinePolicy": OWN_GRANTS, **acknowledged(tenant, statements)},
        )
        _add(self, "Use", StudioUse(domain.id, network.vpc), [policy, *members.resources])
        for name, profile in members.profiles.items():
            _add(self, f"UseBy{name}", MemberUse(domain.id, name), [policy, profile])


def _add(part: Part, id: str, asked: Asked, after: Iterable[Resource]) -> Resource:
    return add_custom_resource(part, id, asked.TYPE, asked.properties(), name=NAME, wait_s=LONGEST_WAIT_S, after=after)
