"""The requests of a batch: its transform job, and the run of the monitor over it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from core.contracts.batch import LONGEST_WATCH_S, BatchPolicy, answers_prefix, job_name, judge_name, monitor_name
from core.contracts.environment import BatchEnvironment, BatchLabelsEnvironment, BatchMonitorEnvironment
from core.contracts.images import MONITOR
from core.contracts.instances import has_local_storage
from core.names import ModelNames, TeamNames
from lambdas.batch.ports import Transform

CSV = "text/csv"
VOLUME_GB = 30
PAYLOAD_MB = 6


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every job of the team environment gets."""

    environment: BatchEnvironment

    @property
    def team(self) -> TeamNames:
        return TeamNames(self.environment.team, self.environment.environment)

    def uri(self, purpose: str, key: str) -> str:
        bucket = self.team.bucket(purpose, self.environment.account, self.environment.region)
        return f"s3://{bucket}/{key}"

    def key(self, instance_type: str) -> dict[str, str]:
        """Of the disks, where the machine has none of its own."""
        return {} if has_local_storage(instance_type) else {"VolumeKmsKeyId": self.environment.key_arn}

    @property
    def tagged(self) -> dict[str, Any]:
        tags = self.team.tags(self.environment.cost_center)
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def transform_request(
    names: ModelNames, model: str, due: datetime, policy: BatchPolicy, wiring: Wiring
) -> dict[str, Any]:
    """CreateTransformJob. The job runs in its model's network, in the name of its model's role."""
    job = job_name(names, due)
    source = {"S3DataType": "S3Prefix", "S3Uri": wiring.uri("data", policy.rows_prefix(names, due))}
    return {
        "TransformJobName": job,
        "ModelName": model,
        "BatchStrategy": "MultiRecord",
        "MaxPayloadInMB": PAYLOAD_MB,
        "TransformInput": {"DataSource": {"S3DataSource": source}, "ContentType": CSV, "SplitType": "Line"},
        "TransformOutput": {
            "S3OutputPath": wiring.uri("data", answers_prefix(names, job)),
            "Accept": CSV,
            "AssembleWith": "Line",
            "KmsKeyId": wiring.environment.key_arn,
        },
        "TransformResources": {
            "InstanceType": policy.instance_type,
            "InstanceCount": policy.instance_count,
            **wiring.key(policy.instance_type),
        },
        "DataCaptureConfig": {
            "DestinationS3Uri": wiring.uri("capture", names.batch_prefix),
            "KmsKeyId": wiring.environment.key_arn,
            "GenerateInferenceId": True,
        },
        "DataProcessing": {"JoinSource": "Input" if policy.joined else "None"},
        **wiring.tagged,
    }


def monitor_request(
    names: ModelNames, job: Transform, due: datetime, policy: BatchPolicy, wiring: Wiring
) -> dict[str, Any]:
    """CreateProcessingJob, as the monitor's own schedule asks for it."""
    return _processing(monitor_name(names, due), _window(names, job, due, wiring.environment), policy, wiring)


def judge_request(
    names: ModelNames, job: Transform, due: datetime, policy: BatchPolicy, wiring: Wiring, attempt: int = 1
) -> dict[str, Any]:
    """The same again, with the labels that have come. Attempts differ by their names alone."""
    seen = asdict(_window(names, job, due, wiring.environment))
    window = BatchLabelsEnvironment(**seen, labels_until=policy.judged_at(due).isoformat())
    return _processing(judge_name(names, due, attempt), window, policy, wiring)


def _processing(name: str, window: BatchMonitorEnvironment, policy: BatchPolicy, wiring: Wiring) -> dict[str, Any]:
    environment, machine = wiring.environment, policy.monitor_instance_type
    cluster = {"InstanceCount": 1, "InstanceType": machine, "VolumeSizeInGB": VOLUME_GB, **wiring.key(machine)}
    return {
        "ProcessingJobName": name,
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": environment.image_uri, "ContainerEntrypoint": list(MONITOR.entrypoint)},
        "ProcessingOutputConfig": {"Outputs": [], "KmsKeyId": environment.key_arn},
        "Environment": window.variables(),
        "NetworkConfig": {
            "EnableInterContainerTrafficEncryption": True,
            "EnableNetworkIsolation": False,  # it reads S3 and writes metrics by itself
            "VpcConfig": {
                "SecurityGroupIds": environment.security_group_ids.split(","),
                "Subnets": environment.subnet_ids.split(","),
            },
        },
        "RoleArn": environment.monitor_role_arn,
        "StoppingCondition": {"MaxRuntimeInSeconds": LONGEST_WATCH_S},
        **wiring.tagged,
    }


def _window(names: ModelNames, job: Transform, due: datetime, environment: BatchEnvironment) -> BatchMonitorEnvironment:
    """From the second in which the job was made to the one after its end: its rows tell whole seconds."""
    assert job.ended is not None
    start = job.made.replace(microsecond=0)
    window_s = ceil((job.ended - start).total_seconds()) + 1
    return BatchMonitorEnvironment(
        team=environment.team,
        environment=environment.environment,
        model=names.model,
        account=environment.account,
        region=environment.region,
        scheduled_at=(start + timedelta(seconds=window_s)).isoformat(),
        window_s=window_s,
        transform_job=job.name,
        due_at=due.isoformat(),
    )
