"""The people of a team: a user profile each, with the role of what they do, and their spaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from core.config.studio import Member, Space
from core.config.studio import Role as Persona
from infra.canvas import use_canvas
from infra.custom_images import start_images
from infra.domain import Domain
from infra.network import NetworkIds
from infra.notebooks import stop_notebooks
from infra.part import Part
from infra.persona_roles import persona_role
from infra.roles import Role
from infra.template import Resource


class Members(Part):
    """A persona's role exists where somebody has it.

    `after`: what still changes the domain. SageMaker makes no profile in a domain that is being changed.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        domain: Domain,
        *,
        network: NetworkIds,
        key_arn: str,
        after: Sequence[Resource] = (),
    ) -> None:
        super().__init__(scope, id, domain.tenant)
        self._domain, self._network, self._key_arn = domain, network, key_arn
        roles = {persona: self._role(persona) for persona in sorted({each.role for each in self.tenant.team.members})}
        self.roles: dict[Persona, Resource] = {persona: role.resource for persona, role in roles.items()}
        profiles = {each.name: self._profile(each, roles[each.role], after) for each in self.tenant.team.members}
        spaces = [self._space(each, profiles[each.owner]) for each in self.tenant.team.spaces]
        self.profiles = profiles
        """By the member's name."""
        self.resources = [*profiles.values(), *spaces]

    def _role(self, persona: Persona) -> Role:
        more = [
            *start_images(self.tenant),
            *use_canvas(self.tenant, persona, self._domain.arn),
            *stop_notebooks(self.tenant, persona),
        ]
        return persona_role(self, self.tenant, self._key_arn, persona, vpc=self._network.vpc, more=more)

    def _profile(self, member: Member, role: Role, after: Sequence[Resource]) -> Resource:
        """Everything else is the domain's: what a profile says itself would no longer follow the domain."""
        return self.add(
            f"Profile{member.name}",
            "AWS::SageMaker::UserProfile",
            {
                "DomainId": self._domain.id,
                "UserProfileName": member.name,
                **self._sign_on(member),
                "UserSettings": {"ExecutionRole": role.arn, "SecurityGroups": [self._network.security_group]},
            },
            after=[role.resource, *after],
        )

    def _sign_on(self, member: Member) -> dict[str, str]:
        """Whose profile it is: with SSO a user of IAM Identity Center, with IAM whoever may open it."""
        if self.tenant.team.studio.auth == "IAM":
            return {}
        assert member.sso_user, "core.config takes no member without one where members sign in by SSO"
        return {"SingleSignOnUserIdentifier": "UserName", "SingleSignOnUserValue": member.sso_user}

    def _space(self, space: Space, owner: Resource) -> Resource:
        starts_on = {"DefaultResourceSpec": {"InstanceType": space.instance_type}}
        settings: dict[str, Any] = {
            "AppType": space.app,
            f"{space.app}AppSettings": starts_on,
            "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": space.volume_gb}},
        }
        return self.add(
            f"Space{space.name}",
            "AWS::SageMaker::Space",
            {
                "DomainId": self._domain.id,
                "SpaceName": space.name,
                "OwnershipSettings": {"OwnerUserProfileName": space.owner},
                "SpaceSharingSettings": {"SharingType": space.sharing},
                "SpaceSettings": settings,
            },
            after=[owner],
        )
