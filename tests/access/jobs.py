"""Requests of jobs: one that is right in everything, and each way in which it could go too far."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.access.world import TeamWorld

Request = Callable[[TeamWorld], dict[str, Any]]
FOREIGN_KEY = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000"
INVALID = [{"Name": "Unknown", "Value": "x"}]
"""A parameter that no pipeline has: what is let through ends before anything runs."""
_numbers = itertools.count(1)


def image(of: TeamWorld) -> str:
    """No such image: a job that is let through ends before anything runs."""
    return f"000000000000.dkr.ecr.us-east-1.amazonaws.com/{of.names.repository('absent')}:1"


def training(of: TeamWorld) -> dict[str, Any]:
    return {
        "TrainingJobName": f"{of.names.prefix}-{next(_numbers)}",
        "AlgorithmSpecification": {"TrainingImage": image(of), "TrainingInputMode": "File"},
        "RoleArn": of.role("training"),
        "OutputDataConfig": {"S3OutputPath": f"s3://{of.bucket('models')}/churn/artifacts/", "KmsKeyId": of.key},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
            "VolumeKmsKeyId": of.key,
        },
        "VpcConfig": of.network,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
        "Tags": of.tags,
    }


def processing(of: TeamWorld) -> dict[str, Any]:
    return {
        "ProcessingJobName": f"{of.names.prefix}-{next(_numbers)}",
        "AppSpecification": {"ImageUri": image(of)},
        "RoleArn": of.role("processing"),
        "ProcessingOutputConfig": {"Outputs": [], "KmsKeyId": of.key},
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 10,
                "VolumeKmsKeyId": of.key,
            }
        },
        "NetworkConfig": {"EnableInterContainerTrafficEncryption": True, "VpcConfig": of.network},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "Tags": of.tags,
    }


def tuning(of: TeamWorld) -> dict[str, Any]:
    job = training(of)
    definition = {name: value for name, value in job.items() if name not in ("TrainingJobName", "Tags")}
    definition["AlgorithmSpecification"] |= {"MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}]}
    return {
        "HyperParameterTuningJobName": f"{of.names.prefix}-{next(_numbers)}"[:32],
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.2"}]},
        },
        "TrainingJobDefinition": definition,
        "Tags": of.tags,
    }


def transform(of: TeamWorld) -> dict[str, Any]:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{of.bucket('data')}/any/"}}
    return {
        "TransformJobName": f"{of.names.prefix}-{next(_numbers)}",
        "ModelName": f"{of.names.prefix}-absent",
        "TransformInput": {"DataSource": source},
        "TransformOutput": {"S3OutputPath": f"s3://{of.bucket('data')}/out/", "KmsKeyId": of.key},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeKmsKeyId": of.key},
        "Tags": of.tags,
    }


def wrong(right: Request, *path: str, to: Any = None) -> Request:
    """The right request with one member changed, or without it."""

    def request(of: TeamWorld) -> dict[str, Any]:
        made = deepcopy(right(of))
        *parents, last = path
        holder = made
        for name in parents:
            holder = holder[name]
        if to is None:
            del holder[last]
        else:
            holder[last] = to
        return made

    return request


def _tag(value: str | None) -> list[dict[str, str]]:
    return [{"Key": "team", "Value": "risk"}, *([{"Key": "homeostat", "Value": value}] if value else [])]


def _beside(right: Request, member: str, foreign: str) -> Request:
    """Foreign ones beside the team's own."""

    def request(of: TeamWorld) -> dict[str, Any]:
        network = of.network
        return wrong(right, "VpcConfig", member, to=[*network[member], foreign])(of)

    return request


CLUSTER = ("ProcessingResources", "ClusterConfig")
TRAIN, PROCESS = "create_training_job", "create_processing_job"
JOBS: dict[str, tuple[str, Request]] = {
    "train": (TRAIN, training),
    "tune": ("create_hyper_parameter_tuning_job", tuning),
    "process": (PROCESS, processing),
    "transform a batch": ("create_transform_job", transform),
    "hand the pipelines' role to a job": (
        TRAIN,
        lambda of: {**training(of), "RoleArn": of.role("pipeline")},
    ),
    "train outside of any network": (TRAIN, wrong(training, "VpcConfig")),
    "train in foreign subnets": (TRAIN, _beside(training, "Subnets", "subnet-0f0f0f0f")),
    "train with a foreign security group": (TRAIN, _beside(training, "SecurityGroupIds", "sg-0f0f0f0f")),
    "train with a way out of the container": (TRAIN, wrong(training, "EnableNetworkIsolation")),
    "train with plain traffic between machines": (
        TRAIN,
        wrong(training, "EnableInterContainerTrafficEncryption", to=False),
    ),
    "train with a shell for debugging": (
        TRAIN,
        lambda of: {**training(of), "RemoteDebugConfig": {"EnableRemoteDebug": True}},
    ),
    "train on disks without a key": (TRAIN, wrong(training, "ResourceConfig", "VolumeKmsKeyId")),
    "train on disks with another key": (TRAIN, wrong(training, "ResourceConfig", "VolumeKmsKeyId", to=FOREIGN_KEY)),
    "train into outputs without a key": (TRAIN, wrong(training, "OutputDataConfig", "KmsKeyId")),
    "train on an instance type that is not allowed": (
        TRAIN,
        wrong(training, "ResourceConfig", "InstanceType", to="ml.p4d.24xlarge"),
    ),
    "train without a time limit": (TRAIN, wrong(training, "StoppingCondition", to={})),
    "train for longer than allowed": (
        TRAIN,
        wrong(training, "StoppingCondition", "MaxRuntimeInSeconds", to=73 * 3600),
    ),
    "keep instances warm for longer than allowed": (
        TRAIN,
        wrong(training, "ResourceConfig", "KeepAlivePeriodInSeconds", to=3600),
    ),
    "train without the team's tag": (TRAIN, wrong(training, "Tags", to=_tag(None))),
    "train with another team's tag": (TRAIN, wrong(training, "Tags", to=_tag("fraud-dev"))),
    "process outside of any network": (PROCESS, wrong(processing, "NetworkConfig", "VpcConfig")),
    "process on an instance type that is not allowed": (
        PROCESS,
        wrong(processing, *CLUSTER, "InstanceType", to="ml.p4d.24xlarge"),
    ),
    "process into outputs without a key": (PROCESS, wrong(processing, "ProcessingOutputConfig")),
}
