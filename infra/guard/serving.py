"""Models and endpoints, their watching, and other things of SageMaker that hold data or names.

Models, endpoint configs and endpoints belong to the release path, not to a template. The same predicates judge its
requests (tests/infra/test_guard_release.py): CreateModel, CreateEndpointConfig and UpdateEndpoint speak
CloudFormation's words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from core.contracts.instances import has_local_storage
from core.contracts.policy_parts import whole
from infra.guard.control import Control, Subject, always, of
from infra.guard.jobs import NO_MODEL, has_models
from infra.guard.stage import Stage, listed
from infra.tagging import TAGS_AS_MAP, UNTAGGED

MODEL, CONFIG, ENDPOINT = "AWS::SageMaker::Model", "AWS::SageMaker::EndpointConfig", "AWS::SageMaker::Endpoint"
RELEASE_PATH = "The release path makes these, no template; tests/infra/test_guard_release.py judges its requests."
FEW_INSTANCES = 2
PRODUCTION = "prod"
"""Environments whose name begins so are held to what production needs."""
TAGS = ("team", "environment", "cost-center", "homeostat")


def _fleets(stage: Stage) -> Iterator[Subject]:
    """Endpoint configs, and the policies by which the release path makes them."""
    for config in stage.of(CONFIG):
        for variant in listed(config.properties.get("ProductionVariants")):
            yield Subject(config, variant, f"variant {variant.get('VariantName')}")
    parameters = list(stage.of("AWS::SSM::Parameter"))
    values = {parameter.name: parameter.properties["Value"] for parameter in parameters}
    for parameter in parameters:
        if parameter.name.endswith("/policy"):
            release = json.loads(whole(values, parameter.name))["release"]
            yield Subject(parameter, {"InitialInstanceCount": release["minimum_instances"]}, "release policy")


def _more_than_one(stage: Stage, subject: Subject) -> str | None:
    if "ServerlessConfig" in subject.value:
        return None
    found = subject.value.get("InitialInstanceCount", 0)
    return None if found >= FEW_INSTANCES else f"{found} instances"


def _isolated(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("EnableNetworkIsolation")
    return None if found is True else f"EnableNetworkIsolation is {found}"


def _in_vpc(stage: Stage, subject: Subject) -> str | None:
    vpc = subject.properties.get("VpcConfig", {})
    return None if vpc.get("Subnets") and vpc.get("SecurityGroupIds") else "no VpcConfig"


def _own_key(stage: Stage, subject: Subject) -> str | None:
    key = subject.properties.get("KmsKeyId")
    types = [str(variant.get("InstanceType")) for variant in listed(subject.properties.get("ProductionVariants"))]
    if key in stage.keys or (key is None and types and all(has_local_storage(type) for type in types)):
        return None
    return f"KmsKeyId is {key}"


def _capture_key(stage: Stage, subject: Subject) -> str | None:
    capture = subject.properties.get("DataCaptureConfig")
    if not capture:
        return None
    return None if capture.get("KmsKeyId") in stage.keys else f"KmsKeyId of the capture is {capture.get('KmsKeyId')}"


def _private_registry(stage: Stage, subject: Subject) -> str | None:
    if subject.resource.type == "AWS::ECR::Repository":
        return "images are pulled from ECR (RepositoryAccessMode Platform)"
    containers = [*listed(subject.properties.get("PrimaryContainer")), *listed(subject.properties.get("Containers"))]
    modes = {each.get("ImageConfig", {}).get("RepositoryAccessMode", "Platform") for each in containers}
    return None if modes == {"Vpc"} else f"RepositoryAccessMode is {', '.join(sorted(modes))}"


def _store_keys(stage: Stage, subject: Subject) -> str | None:
    online, offline = (subject.properties.get(f"{kind}StoreConfig") for kind in ("Online", "Offline"))
    if online and online.get("SecurityConfig", {}).get("KmsKeyId") not in stage.keys:
        return "the online store is not encrypted with the team's key"
    if offline and offline.get("S3StorageConfig", {}).get("KmsKeyId") not in stage.keys:
        return "the offline store is not encrypted with the team's key"
    return None if online or offline else "neither an online nor an offline store"


def _experiment_keys(stage: Stage, subject: Subject) -> str | None:
    found = [subject.properties.get("KmsKey"), subject.properties.get("DataStorageConfig", {}).get("KmsKey")]
    return None if all(key in stage.keys for key in found) else f"KmsKey of storage and data are {found}"


def _rolls_back(stage: Stage, subject: Subject) -> str | None:
    deployment = subject.properties.get("DeploymentConfig", {})
    alarms = listed(deployment.get("AutoRollbackConfiguration", {}).get("Alarms"))
    routing = deployment.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})
    way = routing.get("Type") or ("rolling" if "RollingUpdatePolicy" in deployment else None)
    if not alarms:
        return "no alarm rolls a deployment back"
    return None if way in ("CANARY", "LINEAR", "rolling") else f"traffic goes {way}"


def _watched(stage: Stage, subject: Subject) -> str | None:
    """Every model's endpoint has the name of its package group; its monitor's schedule is named after it."""
    monitor = f"{subject.resource.name}-monitor"
    for schedule in stage.of("AWS::Scheduler::Schedule", "AWS::SageMaker::MonitoringSchedule"):
        if schedule.name == monitor:
            state = schedule.properties.get("State", "ENABLED")
            return None if state == "ENABLED" else f"schedule {monitor} is {state}"
    return f"no schedule {monitor}"


def _taggable(stage: Stage) -> Iterator[Subject]:
    for resource in stage.resources:
        if resource.type not in UNTAGGED and not resource.type.startswith(("Custom::", "AWS::CDK::")):
            yield Subject(resource, resource.properties)


def _tagged(stage: Stage, subject: Subject) -> str | None:
    """As a list of keys and values, or as a map under the type's own name."""
    tags: Any = subject.properties.get(TAGS_AS_MAP.get(subject.resource.type, "Tags"), {})
    found = set(tags) if isinstance(tags, dict) else {each.get("Key") for each in tags}
    missing = [tag for tag in TAGS if tag not in found]
    return f"no tag {', '.join(missing)}" if missing else None


SERVING = (
    Control(
        "SM-04", "An endpoint survives the loss of an instance", f"at least {FEW_INSTANCES} instances, or serverless",
        _fleets, _more_than_one, needed=has_models, absent=NO_MODEL,
    ),
    Control(
        "SM-05", "A model's container is cut off from the network", "EnableNetworkIsolation: true",
        of(MODEL), _isolated, absent=RELEASE_PATH,
    ),
    Control("SM-06", "Models run in the VPC", "VpcConfig", of(MODEL), _in_vpc, absent=RELEASE_PATH),
    Control(
        "SM-07", "Disks of endpoints are encrypted with the team's key",
        "KmsKeyId of a key of this environment; none for hosts whose local disks hardware encrypts",
        of(CONFIG), _own_key, absent=RELEASE_PATH,
    ),
    Control(
        "SM-08", "Captured requests are encrypted with the team's key", "DataCaptureConfig.KmsKeyId",
        of(CONFIG), _capture_key, absent=RELEASE_PATH,
    ),
    Control(
        "SM-15", "Model images come from a private registry inside the VPC", "RepositoryAccessMode: Vpc",
        of(MODEL, "AWS::ECR::Repository"), _private_registry, needed=always,
    ),
    Control(
        "SM-16", "Feature stores are encrypted with the team's key", "KmsKeyId for the online and the offline store",
        of("AWS::SageMaker::FeatureGroup"), _store_keys, absent="Only where the team's file names feature groups.",
    ),
    Control(
        "SM-18", "Inference experiments are encrypted with the team's key", "KmsKey and DataStorageConfig.KmsKey",
        of("AWS::SageMaker::InferenceExperiment"), _experiment_keys, absent="The platform makes none.",
    ),
    Control(
        "SM-26", "A deployment goes in steps and is rolled back by alarms",
        "DeploymentConfig with a canary, linear or rolling policy and AutoRollbackConfiguration",
        of(ENDPOINT), _rolls_back, absent=RELEASE_PATH,
    ),
    Control(
        "SM-27", "Every endpoint is watched", "an enabled schedule of its monitor",
        of("AWS::SageMaker::ModelPackageGroup", ENDPOINT), _watched, needed=has_models, absent=NO_MODEL,
    ),
    Control("SM-30", "What costs money says whose it is", f"tags {', '.join(TAGS)}", _taggable, _tagged, needed=always),
)  # fmt: skip
