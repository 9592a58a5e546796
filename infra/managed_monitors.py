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
HOURLY_WITH_LABELS_S = 1800
"""The longest run of those that SageMaker takes each hour (API reference, `MonitoringStoppingCondition`)."""
ANSWER = "0"
"""Place of the answer in a row of what the model answers."""
BATCHES = "batch/"
"""Folder of what is left of batches."""


def monitoring_types(model: Model) -> tuple[MonitoringType, ...]:
    """Bias is of groups of a sensitive feature: without one there is nothing to monitor, nor of numbers."""
    return tuple(kind for kind in TYPES if model.shows_bias or kind != "ModelBias")


def schedule_arns(tenant: Tenant, model: Model) -> list[str]:
    """Of the endpoint's monitors, and of those of batches where the model has some."""
    names = tenant.names.model(model.name)
    sources = (False, True) if model.batch else (False,)
    kinds = monitoring_types(model)
    schedules = [names.managed_monitor(kind, of_batches) for of_batches in sources for kind in kinds]
    return [tenant.arns.of("sagemaker", f"monitoring-schedule/{schedule}") for schedule in schedules]


def expression(period_hours: int) -> str:
    """As a MonitoringSchedule takes it: every hour, every few hours, or every day, from midnight on.

    >>> expression(1), expression(6), expression(24)
    ('cron(0 * ? * * *)', 'cron(0 0/6 ? * * *)', 'cron(0 0 ? * * *)')
    """
    hours = {1: "*", 24: "0"}.get(period_hours, f"0/{period_hours}")
    return f"cron(0 {hours} ? * * *)"


class ManagedMonitors(Part):
    """Job definitions never change, so they have no names of ours: a new one is made, the schedule goes over to it,
    and the old one goes. `after`: the role of the jobs. `when`: condition that the endpoint stands, where its requests
    are monitored; `of_batches`: what transform jobs do is, which needs no endpoint."""

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
        when: str | None = None,
        of_batches: bool = False,
    ) -> None:
        super().__init__(scope, id, tenant)
        self._model, self._of, self._network, self._key_arn = model, self.names.model(model.name), network, key_arn
        self._of_batches = of_batches
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
            "MonitoringScheduleName": self._of.managed_monitor(kind, self._of_batches),
            "MonitoringScheduleConfig": {
                "MonitoringJobDefinitionName": {"Fn::Select": [1, {"Fn::Split": ["/", definition.ref]}]},
                "MonitoringType": kind,
                "ScheduleConfig": {"ScheduleExpression": expression(self._period_hours)},
            },
        }

    @property
    def _period_hours(self) -> int:
        """Batches are looked for each hour: SageMaker starts nothing where none has left anything."""
        return 1 if self._of_batches else self._model.monitoring.period_hours

    def _definition(self, kind: MonitoringType) -> dict[str, Any]:
        instance_type = self._model.training.processing_instance_type
        cluster = {"InstanceCount": 1, "InstanceType": instance_type, "VolumeSizeInGB": VOLUME_GB}
        key = {} if has_local_storage(instance_type) else {"VolumeKmsKeyId": self._key_arn}
        of = f"{self._of.managed_report_prefix}{BATCHES if self._of_batches else ''}"
        place = f"s3://{self.tenant.bucket('reports')}/{of}{kind}"
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
            "StoppingCondition": {"MaxRuntimeInSeconds": self._longest_run_s(kind)},
        }

    def _longest_run_s(self, kind: MonitoringType) -> int:
        hourly = self._period_hours == 1
        return HOURLY_WITH_LABELS_S if hourly and kind in WITH_LABELS else LONGEST_RUN_S

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
        """SageMaker brings what was captured, with its labels where the monitor is about those."""
        labels = f"s3://{self.tenant.bucket('data')}/{self._of.ground_truth_prefix}"
        source = self._batches(kind) if self._of_batches else self._requests(kind)
        return {**source, **({"GroundTruthS3Input": {"S3Uri": labels}} if kind in WITH_LABELS else {})}

    def _requests(self, kind: MonitoringType) -> dict[str, Any]:
        answer = {} if kind == "DataQuality" else {"InferenceAttribute": ANSWER}
        return {"EndpointInput": {"EndpointName": self._of.endpoint, "LocalPath": DATASET, **answer}}

    def _batches(self, kind: MonitoringType) -> dict[str, Any]:
        """Where labels are joined, the API lets the window be said: the hour before the run, as for the other kinds."""
        window = {"StartTimeOffset": f"-PT{self._period_hours}H", "EndTimeOffset": "-PT0H"}
        source: dict[str, Any] = {
            "DataCapturedDestinationS3Uri": f"s3://{self.tenant.bucket('capture')}/{self._of.batch_prefix}",
            "DatasetFormat": {"Csv": {"Header": False}},
            "LocalPath": DATASET,
            **({} if kind == "DataQuality" else {"InferenceAttribute": ANSWER}),
            **(window if kind in WITH_LABELS else {}),
        }
        return {"BatchTransformInput": source}
