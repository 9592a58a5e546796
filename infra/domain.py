"""The team's SageMaker domain: Studio inside the team's network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from core.config.studio import LARGEST_VOLUME_GB, VOLUME_GB
from core.config.team import Team
from infra import rstudio
from infra.network import NetworkIds
from infra.part import Part
from infra.project_template import template_tags
from infra.roles import Role
from infra.studio_setup import StudioSetup
from infra.template import Resource
from infra.tenant import Tenant
from infra.web_portal import web_portal_settings


class Domain(Part):
    """No way around the VPC, one key, every call under the person's own name, and nothing that idles for long."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        tenant: Tenant,
        *,
        network: NetworkIds,
        key_arn: str,
        role: Role,
        setup: StudioSetup,
        after: Sequence[Resource] = (),
    ) -> None:
        super().__init__(scope, id, tenant)
        self.role, self._network, self._setup = role, network, setup
        wishes = tenant.team.studio.rstudio
        server = None if wishes is None else rstudio.rstudio_role(self, tenant)
        properties: dict[str, Any] = {
            "DomainName": self.names.domain,
            "AuthMode": tenant.team.studio.auth,
            "AppNetworkAccessType": "VpcOnly",
            "VpcId": network.vpc,
            "SubnetIds": list(network.studio_subnets),
            "KmsKeyId": key_arn,
            "TagPropagation": "ENABLED",
            "Tags": template_tags(tenant),
            "DomainSettings": {
                "ExecutionRoleIdentityConfig": "USER_PROFILE_NAME",
                "SecurityGroupIds": [network.security_group],
            },
            "DefaultUserSettings": self._user_settings(tenant.team),
            "DefaultSpaceSettings": self._space_settings(),
        }
        if wishes is not None and server is not None:
            properties["DomainSettings"]["RStudioServerProDomainSettings"] = rstudio.domain_settings(wishes, server.arn)
            properties["AppSecurityGroupManagement"] = (
                "Service"  # with RStudio nothing else is taken, without it nothing
            )
        roles = [each.resource for each in (role, server) if each is not None]
        self.properties = properties
        self.resource = self.add(
            "Domain", "AWS::SageMaker::Domain", properties, after=[*roles, *setup.resources, *after]
        )
        self.id = self.resource.ref

    @property
    def arn(self) -> str:
        return self.resource.get_att("DomainArn")

    @property
    def home(self) -> str:
        """Id of the file system with the members' home folders."""
        return self.resource.get_att("HomeEfsFileSystemId")

    def _user_settings(self, team: Team) -> dict[str, Any]:
        return {
            **self._by_default(),
            "JupyterLabAppSettings": self._app("JupyterLab"),
            "CodeEditorAppSettings": self._app("CodeEditor"),
            **({} if team.studio.rstudio is None else rstudio.user_settings()),
            "DefaultLandingUri": "studio::",
            "StudioWebPortal": "ENABLED",
            "StudioWebPortalSettings": web_portal_settings(team),
            "SharingSettings": {"NotebookOutputOption": "Disabled"},
            "AutoMountHomeEFS": "Enabled",
        }

    def _space_settings(self) -> dict[str, Any]:
        """Of shared spaces. There are none for Code Editor here: it takes those of the users."""
        return {**self._by_default(), "JupyterLabAppSettings": self._app("JupyterLab")}

    def _by_default(self) -> dict[str, Any]:
        volumes = {"DefaultEbsVolumeSizeInGb": VOLUME_GB, "MaximumEbsVolumeSizeInGb": LARGEST_VOLUME_GB}
        return {
            "ExecutionRole": self.role.arn,
            "SecurityGroups": [self._network.security_group],
            "SpaceStorageSettings": {"DefaultEbsStorageSettings": volumes},
        }

    def _app(self, app: str) -> dict[str, Any]:
        """Idle applications are stopped; a person may wait less, never longer."""
        minutes = self.tenant.team.studio.idle_minutes
        idle = {
            "LifecycleManagement": "ENABLED",
            "IdleTimeoutInMinutes": minutes,
            "MinIdleTimeoutInMinutes": 60,
            "MaxIdleTimeoutInMinutes": minutes,
        }
        return {"AppLifecycleManagement": {"IdleSettings": idle}, **self._setup.settings(app)}
