"""SageMaker's own monitoring of a model: a job definition and a schedule for each kind of monitor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from core.config.model import Model
from core.contracts.images import MONITOR, PROCESS
from core.contracts.instances import has_local_storage
from core.contracts.managed import DATASET, OUTPUT, TYPES, ManagedEnvironment, MonitoringType
from core.contracts.problem import MANAGED_TYPE
from infra.images import image_uri
from infra.monitor_schedule import LONGEST_RUN_S, READS_BY_ITSELF, VOLUME_GB
from infra.network import NetworkIds
from infra.part import Part
from infra.template import Resource
from infra.tenant import Tenant

WITH_LABELS = ("ModelQuality", "ModelBias")
WITH_COMMAND = ("DataQuality", "ModelQuality")
"""The others run the image's own program, and want a file of settings instead."""
ANSWER = "0"
"""Place of the answer in a row of what the endpoint answers."""


def monitoring_types(model: Model) -> tuple[MonitoringType, ...]:
    """Bias is of groups of a sensitive feature: without one there is nothing to monitor."""
    return tuple(kind for kind in TYPES if model.sensitive or kind != "ModelBias")


def schedule_arns(tenant: Tenant, model: Model) -> list[str]:
    names = tenant.names.model(model.name)
    schedules = [names.managed_monitor(kind) for kind in monitoring_types(model)]
    return [tenant.arns.of("sagemaker", f"monitoring-schedule/{schedule}") for schedule in schedules]


def parameter(model: str) -> str:
    """Of the stack: whether SageMaker's schedules take over.

    >>> parameter("credit-risk")
    'CreditRiskManagedMonitors'
    """
    return f"{''.join(part.capitalize() for part in model.split('-'))}ManagedMonitors"


def expression(period_hours: int) -> str:
    """As a MonitoringSchedule takes it: every hour, every few hours, or every day, from midnight on.

    >>> expression(1), expression(6), expression(24)
    ('cron(0 * ? * * *)', 'cron(0 0/6 ? * * *)', 'cron(0 0 ? * * *)')
    """
    hours = {1: "*", 24: "0"}.get(period_hours, f"0/{period_hours}")
    return f"cron(0 {hours} ? * * *)"


class ManagedMonitors(Part):
    """Job definitions never change, so they have no names of ours: a new one is made, the schedule goes over to it,
    and the old one goes. SageMaker refuses all of it where there is no endpoint, so it waits for `parameter`
    (docs/decisions/0023); `off` is the condition that it is not there. `after`: the role of the jobs."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        tenant: Tenant,
        *,
        model: Model,
        network: NetworkIds,
        key_arn: str,
        after: Sequence[Resource],
    ) -> None:
        super().__init__(scope, id, tenant)
        self._model, self._of, self._network, self._key_arn = model, self.names.model(model.name), network, key_arn
        when, self.off = self.switch(
            parameter(model.name), f"yes once {self._of.endpoint} is in service: SageMaker's schedules take over"
        )
        for kind in monitoring_types(model):
            definition = self.add(
                f"{kind}Job",
                f"AWS::SageMaker::{kind}JobDefinition",
                self._definition(kind),
                after=after,
                when=when,
                acknowledges={"SM-10": READS_BY_ITSELF},
            )
            self.add(kind, "AWS::SageMaker::MonitoringSchedule", self._schedule(kind, definition), when=when)

    def _schedule(self, kind: MonitoringType, definition: Resource) -> dict[str, Any]:
        """Its name cannot be generated and never has to change; the definition's is the last part of its ARN."""
        return {
            "MonitoringScheduleName": self._of.managed_monitor(kind),
            "MonitoringScheduleConfig": {
                "MonitoringJobDefinitionName": {"Fn::Select": [1, {"Fn::Split": ["/", definition.ref]}]},
                "MonitoringType": kind,
                "ScheduleConfig": {"ScheduleExpression": expression(self._model.monitoring.period_hours)},
            },
        }

    def _definition(self, kind: MonitoringType) -> dict[str, Any]:
        instance_type = self._model.training.processing_instance_type
        cluster = {"InstanceCount": 1, "InstanceType": instance_type, "VolumeSizeInGB": VOLUME_GB}
        key = {} if has_local_storage(instance_type) else {"VolumeKmsKeyId": self._key_arn}
        place = f"s3://{self.tenant.bucket('reports')}/{self._of.managed_report_prefix}{kind}"
        return {
            f"{kind}AppSpecification": self._app(kind),
            f"{kind}JobInput": self._input(kind),
            f"{kind}JobOutputConfig": {
                "KmsKeyId": self._key_arn,
                "MonitoringOutputs": [
                    {"S3Output": {"S3Uri": place, "LocalPath": OUTPUT, "S3UploadMode": "EndOfJob"}},
                ],
            },
            "JobResources": {"ClusterConfig": {**cluster, **key}},
            "NetworkConfig": {
                "EnableInterContainerTrafficEncryption": True,
                "EnableNetworkIsolation": False,
                "VpcConfig": {"SecurityGroupIds": [self._network.security_group], "Subnets": self._network.subnets},
            },
            "RoleArn": self.arns.role(self.names.role("monitor")),
            "StoppingCondition": {"MaxRuntimeInSeconds": LONGEST_RUN_S},
        }

    def _app(self, kind: MonitoringType) -> dict[str, Any]:
        variables = ManagedEnvironment(
            team=self.tenant.team.team,
            environment=self.tenant.environment.name,
            model=self._model.name,
            account=self.tenant.account,
            region=self.tenant.region,
            monitoring_type=kind,
        ).variables()
        app: dict[str, Any] = {"ImageUri": image_uri(self.tenant, PROCESS), "Environment": variables}
        if kind in WITH_COMMAND:
            app["ContainerEntrypoint"] = list(MONITOR.entrypoint)
        else:  # what the analysis is of: the release in service, which the monitor reads
            app["ConfigUri"] = f"s3://{self.tenant.bucket('models')}/{self._of.release_key}"
        return app | ({"ProblemType": MANAGED_TYPE[self._model.problem]} if kind == "ModelQuality" else {})

    def _input(self, kind: MonitoringType) -> dict[str, Any]:
        """SageMaker brings the endpoint's captured requests, with their labels where the monitor is about those."""
        source = {"EndpointName": self._of.endpoint, "LocalPath": DATASET}
        if kind != "DataQuality":
            source["InferenceAttribute"] = ANSWER
        labels = f"s3://{self.tenant.bucket('data')}/{self._of.ground_truth_prefix}"
        return {"EndpointInput": source, **({"GroundTruthS3Input": {"S3Uri": labels}} if kind in WITH_LABELS else {})}
