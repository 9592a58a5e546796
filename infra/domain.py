"""The team's SageMaker domain: Studio inside the team's network."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from infra.network import NetworkIds
from infra.part import Part
from infra.roles import Role
from infra.tenant import Tenant


class Domain(Part):
    """No way around the VPC, one key, every call under the person's own name, and nothing that idles for long."""

    def __init__(
        self, scope: Construct, id: str, tenant: Tenant, *, network: NetworkIds, key_arn: str, role: Role
    ) -> None:
        super().__init__(scope, id, tenant)
        by_default = {"ExecutionRole": role.arn, "SecurityGroups": [network.security_group]}
        self.resource = self.add(
            "Domain",
            "AWS::SageMaker::Domain",
            {
                "DomainName": self.names.domain,
                "AuthMode": tenant.team.studio.auth,
                "AppNetworkAccessType": "VpcOnly",
                "VpcId": network.vpc,
                "SubnetIds": list(network.subnets),
                "KmsKeyId": key_arn,
                "TagPropagation": "ENABLED",
                "DomainSettings": {
                    "ExecutionRoleIdentityConfig": "USER_PROFILE_NAME",
                    "SecurityGroupIds": [network.security_group],
                },
                "DefaultUserSettings": {
                    **by_default,
                    "JupyterLabAppSettings": self._idle(),
                    "CodeEditorAppSettings": self._idle(),
                    "DefaultLandingUri": "studio::",
                    "StudioWebPortal": "ENABLED",
                    "SharingSettings": {"NotebookOutputOption": "Disabled"},
                },
                "DefaultSpaceSettings": {**by_default, "JupyterLabAppSettings": self._idle()},
            },
            after=[role.resource],
        )
        self.id = self.resource.ref

    def _idle(self) -> dict[str, Any]:
        """Idle applications are stopped; a person may wait less, never longer."""
        minutes = self.tenant.team.studio.idle_minutes
        idle = {
            "LifecycleManagement": "ENABLED",
            "IdleTimeoutInMinutes": minutes,
            "MinIdleTimeoutInMinutes": 60,
            "MaxIdleTimeoutInMinutes": minutes,
        }
        return {"AppLifecycleManagement": {"IdleSettings": idle}}
