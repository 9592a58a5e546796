"""Where people work: the domain, their profiles and roles, their spaces and notebook instances."""

from __future__ import annotations

from constructs import Construct

from infra.custom_images import CustomImages
from infra.domain import Domain
from infra.domain_settings import DomainSettings
from infra.home_backup import HomeBackup
from infra.members import Members
from infra.network import NetworkIds
from infra.notebooks import Notebooks
from infra.persona_roles import studio_role
from infra.sign_in import SignIn
from infra.studio_setup import StudioSetup
from infra.teardown import StudioIsLeft, StudioUseEnds
from infra.tenant import Tenant
from stacks.team_stack import TeamStack


class StudioStack(TeamStack):
    def __init__(self, scope: Construct, tenant: Tenant, *, network: NetworkIds, key_arn: str) -> None:
        super().__init__(scope, "studio", tenant, "SageMaker domain, members and spaces")
        role = studio_role(self, tenant, key_arn, network.vpc)
        setup = StudioSetup(self, "Setup", tenant)
        images = CustomImages(self, "Images", tenant)
        left = StudioIsLeft(self, "Left", tenant, network=network)
        domain = Domain(
            self, "Domain", tenant, network=network, key_arn=key_arn, role=role, setup=setup, after=[left.resource]
        )
        HomeBackup(self, "HomeBackup", domain, key_arn=key_arn)
        settings = DomainSettings(self, "Settings", domain, setup=setup, images=images, key_arn=key_arn)
        members = Members(self, "Members", domain, network=network, key_arn=key_arn, after=settings.resources)
        StudioUseEnds(self, "Use", domain, network=network, members=members)
        SignIn(self, "SignIn", domain, network=network)
        Notebooks(self, "Notebooks", tenant, network=network, key_arn=key_arn, roles=members.roles)
