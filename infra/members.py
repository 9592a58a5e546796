"""The people of a team: a user profile each, with the role of what they do, and their spaces."""

from __future__ import annotations

from aws_cdk import CfnResource
from constructs import Construct

from infra.domain import Domain
from infra.network import NetworkIds
from infra.part import Part
from infra.persona_roles import persona_role


class Members(Part):
    """A persona's role exists where somebody has it."""

    def __init__(self, scope: Construct, id: str, domain: Domain, *, network: NetworkIds, key_arn: str) -> None:
        super().__init__(scope, id, domain.tenant)
        self._domain = domain
        personas = sorted({member.role for member in self.tenant.team.members})
        roles = {persona: persona_role(self, self.tenant, key_arn, persona) for persona in personas}
        profiles = {}
        for member in self.tenant.team.members:
            role = roles[member.role]
            profiles[member.name] = self.add(
                f"Profile{member.name}",
                "AWS::SageMaker::UserProfile",
                {
                    "DomainId": domain.id,
                    "UserProfileName": member.name,
                    "UserSettings": {"ExecutionRole": role.arn, "SecurityGroups": [network.security_group]},
                },
                after=[role.resource],
            )
        self._spaces(profiles)

    def _spaces(self, profiles: dict[str, CfnResource]) -> None:
        for space in self.tenant.team.spaces:
            self.add(
                f"Space{space.name}",
                "AWS::SageMaker::Space",
                {
                    "DomainId": self._domain.id,
                    "SpaceName": space.name,
                    "OwnershipSettings": {"OwnerUserProfileName": space.owner},
                    "SpaceSharingSettings": {"SharingType": space.sharing},
                    "SpaceSettings": {
                        "AppType": space.app,
                        "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": space.volume_gb}},
                    },
                },
                after=[profiles[space.owner]],
            )
