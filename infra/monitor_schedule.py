"""The schedule that starts a model's monitor once for every window."""

from __future__ import annotations

import json
from typing import Any

from constructs import Construct

from core.config.model import Model
from core.contracts.environment import MonitorEnvironment
from core.contracts.images import MONITOR, PROCESS, SPARK
from core.contracts.instances import has_local_storage
from core.names import ModelNames
from infra.images import image_uri
from infra.network import NetworkIds
from infra.part import Part
from infra.roles import Role
from infra.tenant import Tenant

EXECUTION_ID, SCHEDULED_TIME = "<aws.scheduler.execution-id>", "<aws.scheduler.scheduled-time>"
VOLUME_GB = 30
LONGEST_RUN_S = 3600
READS_BY_ITSELF = (
    "The monitor reads captured requests and writes reports and metrics by itself, which an isolated container cannot. "
    "It runs in the team's private subnets, where S3 and CloudWatch are reached by endpoints with policies."
)


def job_name(names: ModelNames) -> str:
    """Name of each run; the scheduler fills in what makes it unique."""
    return f"{names.monitor_runs}{EXECUTION_ID}"


class MonitorSchedule(Part):
    """EventBridge Scheduler calls CreateProcessingJob itself: nothing of ours has to run to start a monitor."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        tenant: Tenant,
        *,
        model: Model,
        network: NetworkIds,
        key_arn: str,
        role: Role,
        dead_letters_arn: str,
        when: str | None = None,
    ) -> None:
        super().__init__(scope, id, tenant)
        self._model, self._of = model, self.names.model(model.name)
        period_h = model.monitoring.period_hours
        text = json.dumps(self._request(len(network.subnets)))
        ids = {"Key": key_arn, "Group": network.security_group}
        ids |= {f"Subnet{index}": subnet for index, subnet in enumerate(network.subnets)}
        used = {name: value for name, value in ids.items() if f"${{{name}}}" in text}
        self.add(
            "Schedule",
            "AWS::Scheduler::Schedule",
            {
                "Name": self._of.monitor,
                "Description": f"Looks at each window of {self._of.endpoint}",
                "ScheduleExpression": f"rate({period_h} hour{'s' if period_h > 1 else ''})",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "State": "ENABLED",
                "Target": {
                    "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createProcessingJob",
                    "RoleArn": role.arn,
                    "Input": {"Fn::Sub": [text, used]},
                    "RetryPolicy": {"MaximumEventAgeInSeconds": period_h * 3600, "MaximumRetryAttempts": 5},
                    "DeadLetterConfig": {"Arn": dead_letters_arn},
                },
            },
            after=[role.resource],
            when=when,
            acknowledges={"SM-10": READS_BY_ITSELF},
        )

    def _request(self, zones: int) -> dict[str, Any]:
        """CreateProcessingJob's parameters; `${...}` are ids that AWS generates."""
        instance_type, workers = self._model.training.processing_instance_type, self._model.monitoring.workers
        image, program = (SPARK, SPARK) if workers > 1 else (PROCESS, MONITOR)
        cluster = {"InstanceCount": workers, "InstanceType": instance_type, "VolumeSizeInGB": VOLUME_GB}
        key = {} if has_local_storage(instance_type) else {"VolumeKmsKeyId": "${Key}"}
        return {
            "ProcessingJobName": job_name(self._of),
            "ProcessingResources": {"ClusterConfig": {**cluster, **key}},
            "AppSpecification": {
                "ImageUri": image_uri(self.tenant, image),
                "ContainerEntrypoint": list(program.entrypoint),
            },
            "ProcessingOutputConfig": {
                "Outputs": [],
                "KmsKeyId": "${Key}",
            },  # it writes by itself; nothing goes unkeyed
            "Environment": self._environment().variables(),
            "NetworkConfig": {
                "EnableInterContainerTrafficEncryption": True,
                "EnableNetworkIsolation": False,  # it reads S3 and writes metrics by itself
                "VpcConfig": {
                    "SecurityGroupIds": ["${Group}"],
                    "Subnets": [f"${{Subnet{index}}}" for index in range(zones)],
                },
            },
            "RoleArn": self.arns.role(self.names.role("monitor")),
            "StoppingCondition": {"MaxRuntimeInSeconds": LONGEST_RUN_S},
            "Tags": [{"Key": key, "Value": value} for key, value in self.tenant.tags.items()],
        }

    def _environment(self) -> MonitorEnvironment:
        return MonitorEnvironment(
            team=self.tenant.team.team,
            environment=self.tenant.environment.name,
            model=self._model.name,
            account=self.tenant.account,
            region=self.tenant.region,
            scheduled_at=SCHEDULED_TIME,
            window_s=self._model.monitoring.period_hours * 3600,
        )
