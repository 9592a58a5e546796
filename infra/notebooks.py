"""Notebook instances, for those who still use them."""

from __future__ import annotations

import base64
from pathlib import Path

from constructs import Construct

from core.config.studio import Notebook
from core.config.studio import Role as Persona
from infra.grants import write_logs
from infra.network import NetworkIds
from infra.part import Part
from infra.statements import Statement, allow
from infra.template import Resource
from infra.tenant import Tenant

SCRIPTS = Path(__file__).parent / "notebook"
PLATFORM = "notebook-al2023-v1"


class Notebooks(Part):
    """In the team's network, without a way around it and without root, with its owner's role, stopped when idle.

    `roles` are the roles of the personas that members have. Nobody can make further ones: the boundary denies that.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        tenant: Tenant,
        *,
        network: NetworkIds,
        key_arn: str,
        roles: dict[Persona, Resource],
    ) -> None:
        super().__init__(scope, id, tenant)
        notebooks = tenant.team.studio.notebooks
        if not notebooks:
            return
        self._network, self._key_arn = network, key_arn
        self._group = self._security_group()
        self._configuration = self._stops_when_idle()
        personas = {member.name: member.role for member in tenant.team.members}
        for notebook in notebooks:
            persona = personas[notebook.owner]
            self._instance(notebook, self.arns.role(self.names.role(persona)), roles[persona])

    def _instance(self, notebook: Notebook, role_arn: str, role: Resource) -> None:
        self.add(
            f"Instance{notebook.name}",
            "AWS::SageMaker::NotebookInstance",
            {
                "NotebookInstanceName": self.names.notebook(notebook.name),
                "InstanceType": notebook.instance_type,
                "VolumeSizeInGB": notebook.volume_gb,
                "PlatformIdentifier": PLATFORM,
                "RoleArn": role_arn,
                "SubnetId": self._network.studio_subnets[0],
                "SecurityGroupIds": [self._group],
                "DirectInternetAccess": "Disabled",
                "RootAccess": "Disabled",
                "KmsKeyId": self._key_arn,
                "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
                "LifecycleConfigName": self.names.notebook_lifecycle,
            },
            after=[role, self._configuration],
        )

    def _stops_when_idle(self) -> Resource:
        values = {
            "@IDLE_PY@": (SCRIPTS / "idle.py").read_text(encoding="utf-8").rstrip(),
            "@MINUTES@": str(self.tenant.team.studio.idle_minutes),
            "@REGION@": self.tenant.region,
        }
        script = (SCRIPTS / "on_start.sh").read_text(encoding="utf-8")
        for name, value in values.items():
            script = script.replace(name, value)
        content = base64.b64encode(script.encode()).decode()
        return self.add(
            "StopsWhenIdle",
            "AWS::SageMaker::NotebookInstanceLifecycleConfig",
            {"NotebookInstanceLifecycleConfigName": self.names.notebook_lifecycle, "OnStart": [{"Content": content}]},
        )

    def _security_group(self) -> str:
        """Their own: nothing comes in, and they are not among the instances that talk to each other."""
        group = self.add(
            "Group",
            "AWS::EC2::SecurityGroup",
            {
                "GroupDescription": f"Notebook instances of {self.names.prefix}",
                "VpcId": self._network.vpc,
                "SecurityGroupEgress": [
                    {
                        "IpProtocol": "tcp",
                        "FromPort": 443,
                        "ToPort": 443,
                        "CidrIp": "0.0.0.0/0",
                        "Description": "VPC endpoints; the internet only with NAT",
                    }
                ],
            },
        )
        return group.get_att("GroupId")


def stop_notebooks(tenant: Tenant, persona: Persona) -> list[Statement]:
    """What the role of an owner needs so that its instances can see and stop themselves, write their log and join
    the network."""
    with_it = {member.name for member in tenant.team.members if member.role == persona}
    named = [tenant.names.notebook(each.name) for each in tenant.team.studio.notebooks if each.owner in with_it]
    if not named:
        return []
    turn = [f"sagemaker:{verb}NotebookInstance" for verb in ("Describe", "Start", "Stop")]
    return [
        allow(turn, [tenant.arns.of("sagemaker", f"notebook-instance/{name}") for name in named]),
        *write_logs(tenant),
    ]
