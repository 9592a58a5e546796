"""Jobs that the templates start: monitors by schedule, and the steps of training pipelines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from core.contracts.instances import has_local_storage
from infra.guard.control import Control, Fault, Subject, Subjects
from infra.guard.stage import Resource, Stage, listed

CREATES = ("createProcessingJob", "createTrainingJob", "createTransformJob")
DEFINITIONS = ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")


def jobs(stage: Stage) -> Iterator[Subject]:
    """Every request of a job: its value has the words of Create<kind>Job."""
    for schedule in stage.of("AWS::Scheduler::Schedule"):
        target = schedule.properties.get("Target", {})
        if str(target.get("Arn", "")).rpartition(":")[2] in CREATES:
            yield Subject(schedule, json.loads(target["Input"]), "the job that it starts")
    for pipeline in stage.of("AWS::SageMaker::Pipeline"):
        for step in _steps(pipeline):
            if step["Type"] in ("Processing", "Training", "Transform"):
                yield Subject(pipeline, step["Arguments"], f"step {step['Name']}")
    for kind in DEFINITIONS:
        for definition in stage.of(f"AWS::SageMaker::{kind}JobDefinition"):
            yield Subject(definition, _as_job(definition.properties, kind), "the job that it defines")


def with_network(stage: Stage) -> Iterator[Subject]:
    """Those that say where they run, and how long; a transform job runs where its model says."""
    return (subject for subject in jobs(stage) if "TransformResources" not in subject.value)


def images(stage: Stage) -> Iterator[Subject]:
    """Every container image that a template names."""
    for job in jobs(stage):
        for place in ("AppSpecification", "AlgorithmSpecification"):
            for name in ("ImageUri", "TrainingImage"):
                if name in job.value.get(place, {}):
                    yield Subject(job.resource, job.value[place][name], f"{job.part}, {name}")
    for pipeline in stage.of("AWS::SageMaker::Pipeline"):
        for step in _steps(pipeline):
            for container in _containers(step):
                yield Subject(pipeline, container["Image"], f"step {step['Name']}, Image")
    for model in stage.of("AWS::SageMaker::Model"):
        for container in (
            *listed(model.properties.get("PrimaryContainer")),
            *listed(model.properties.get("Containers")),
        ):
            if "Image" in container:
                yield Subject(model, container["Image"], "Image")
    for version in stage.of("AWS::SageMaker::ImageVersion"):
        yield Subject(version, version.properties.get("BaseImage"), "BaseImage")
    for project in stage.of("AWS::CodeBuild::Project"):
        yield Subject(project, project.properties.get("Environment", {}).get("Image"), "Image")


def _containers(step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    specification = step.get("Arguments", {}).get("InferenceSpecification", {})
    return [each for each in listed(specification.get("Containers")) if "Image" in each]


def _steps(pipeline: Resource) -> Iterator[Mapping[str, Any]]:
    """All steps, those inside conditions among them."""
    definition = pipeline.properties.get("PipelineDefinition", {})
    waiting = list(json.loads(definition.get("PipelineDefinitionBody", "{}")).get("Steps", []))
    while waiting:
        step = waiting.pop(0)
        yield step
        arguments = step.get("Arguments", {})
        waiting += [inner for name in ("IfSteps", "ElseSteps") for inner in arguments.get(name, [])]


def _as_job(properties: Mapping[str, Any], kind: str) -> dict[str, Any]:
    resources, output = properties.get("JobResources", {}), properties.get(f"{kind}JobOutputConfig", {})
    outputs = {"Outputs": output.get("MonitoringOutputs", []), "KmsKeyId": output.get("KmsKeyId")}
    return {
        "AppSpecification": properties.get(f"{kind}AppSpecification", {}),
        "ProcessingResources": {"ClusterConfig": resources.get("ClusterConfig", {})},
        "NetworkConfig": properties.get("NetworkConfig", {}),
        "StoppingCondition": properties.get("StoppingCondition", {}),
        "ProcessingOutputConfig": outputs,
    }


def _network(job: Mapping[str, Any]) -> Mapping[str, Any]:
    """Processing jobs keep these settings together, training jobs beside each other."""
    found: Mapping[str, Any] = job.get("NetworkConfig", job)
    return found


def _cluster(job: Mapping[str, Any]) -> Mapping[str, Any]:
    kinds = (job.get("ResourceConfig"), job.get("TransformResources"), job.get("ProcessingResources", {}))
    found: Mapping[str, Any] = next(each for each in kinds if each is not None)
    cluster: Mapping[str, Any] = found.get("ClusterConfig", found)
    return cluster


def _traffic_encrypted(stage: Stage, subject: Subject) -> str | None:
    found = _network(subject.value).get("EnableInterContainerTrafficEncryption")
    return None if found is True else f"EnableInterContainerTrafficEncryption is {found}"


def _isolated(stage: Stage, subject: Subject) -> str | None:
    found = _network(subject.value).get("EnableNetworkIsolation")
    return None if found is True else f"EnableNetworkIsolation is {found}"


def _volume_key(stage: Stage, subject: Subject) -> str | None:
    cluster = _cluster(subject.value)
    key, instance_type = cluster.get("VolumeKmsKeyId"), str(cluster.get("InstanceType"))
    if key in stage.keys or (key is None and has_local_storage(instance_type)):
        return None
    return f"VolumeKmsKeyId is {key} on {instance_type}"


def _output_key(stage: Stage, subject: Subject) -> str | None:
    places = ("OutputDataConfig", "TransformOutput", "ProcessingOutputConfig")
    output = next((subject.value[place] for place in places if place in subject.value), None)
    if not output or output.get("Outputs") == []:
        return None  # SageMaker writes nothing for it; what it writes itself gets the bucket's key
    return None if output.get("KmsKeyId") in stage.keys else f"KmsKeyId of its output is {output.get('KmsKeyId')}"


def _in_vpc(stage: Stage, subject: Subject) -> str | None:
    vpc = _network(subject.value).get("VpcConfig", {})
    return None if vpc.get("Subnets") and vpc.get("SecurityGroupIds") else "no VpcConfig"


def _ends(stage: Stage, subject: Subject) -> str | None:
    return None if subject.value.get("StoppingCondition", {}).get("MaxRuntimeInSeconds") else "no MaxRuntimeInSeconds"


def _pinned(stage: Stage, subject: Subject) -> str | None:
    """By digest, or by a tag that its own repository never lets anybody move."""
    if not isinstance(subject.value, str):
        return f"the image is {json.dumps(subject.value)}"
    if "@sha256:" in subject.value:
        return None
    repository, _, tag = subject.value.rpartition(":")
    immutable = {
        f"{stage.account}.dkr.ecr.{stage.region}.amazonaws.com/{each.name}"
        for each in stage.of("AWS::ECR::Repository")
        if each.properties.get("ImageTagMutability") == "IMMUTABLE"
    }
    return None if repository in immutable and tag != "latest" else f"the image is {subject.value}"


def _limited(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("ParallelismConfiguration", {}).get("MaxParallelExecutionSteps")
    return None if found else "no MaxParallelExecutionSteps"


def _pipelines(stage: Stage) -> Iterator[Subject]:
    return (Subject(pipeline, pipeline.properties) for pipeline in stage.of("AWS::SageMaker::Pipeline"))


def has_models(stage: Stage) -> bool:
    return any(stage.of("AWS::SageMaker::ModelPackageGroup"))


NO_MODEL = "A team may have no models yet."


def _of_jobs(id: str, requirement: str, accepts: str, fault: Fault, of: Subjects = jobs) -> Control:
    return Control(id, requirement, accepts, of, fault, needed=has_models, absent=NO_MODEL)


JOBS = (
    _of_jobs(
        "SM-09", "Jobs encrypt what their instances say to each other",
        "EnableInterContainerTrafficEncryption: true", _traffic_encrypted, with_network,
    ),
    _of_jobs("SM-10", "Jobs are cut off from the network", "EnableNetworkIsolation: true", _isolated, with_network),
    _of_jobs(
        "SM-11", "Disks of jobs are encrypted with the team's key",
        "VolumeKmsKeyId of a key of this environment; none for hosts whose local disks hardware encrypts", _volume_key,
    ),
    _of_jobs(
        "SM-12", "Outputs of jobs are encrypted with the team's key",
        "KmsKeyId of a key of this environment wherever SageMaker writes outputs", _output_key,
    ),
    _of_jobs("SM-13", "Jobs run in the VPC", "VpcConfig with subnets and security groups", _in_vpc, with_network),
    _of_jobs("SM-14", "Jobs end", "MaxRuntimeInSeconds", _ends, with_network),
    Control(
        "SM-28", "Images are pinned by content",
        "a digest, or a tag other than latest in an immutable repository of this environment (decision 0010)",
        images, _pinned, needed=has_models, absent=NO_MODEL,
    ),
    Control(
        "SM-29", "A pipeline runs few steps at once", "MaxParallelExecutionSteps",
        _pipelines, _limited, needed=has_models, absent=NO_MODEL,
    ),
)  # fmt: skip
