"""CreateEndpointConfig: what AWS checks beyond the shapes of the request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from local.sagemaker.endpoints.models import ServedModel
from local.sagemaker.kinds import INVALID, served
from local.sagemaker.resources import Resources
from local.sagemaker.store import Record
from local.service import ApiError

ENDPOINT_CONFIG = served("EndpointConfig", "endpoint-config", "endpoint configuration")
NOT_MODELLED = ("InstancePools", "ManagedInstanceScaling", "AcceleratorType", "CapacityReservationConfig")
"""Members of a variant that nothing here would act on; better refused than ignored."""


class EndpointConfigs:
    """The part of the service that creates endpoint configurations; the others of their operations are plain."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        resources.add(ENDPOINT_CONFIG)

    def create_endpoint_config(self, request: Record) -> Record:
        problems = list(_problems(request))
        if problems:
            raise ApiError(INVALID, " ".join(problems))
        for variant in variants(request):
            ServedModel.of(self._resources.store, variant["ModelName"])
        return self._resources.create(ENDPOINT_CONFIG, request)


def variants(config: Record) -> list[Record]:
    """Production and shadow variants of a configuration."""
    return [*config["ProductionVariants"], *config.get("ShadowProductionVariants", ())]


def _problems(config: Record) -> Iterator[str]:
    entries = variants(config)
    repeated = sorted(name for name, count in Counter(entry["VariantName"] for entry in entries).items() if count > 1)
    if repeated:
        yield f"Variant names must be unique within an endpoint configuration; repeated: {', '.join(repeated)}."
    for entry in entries:
        yield from _variant_problems(entry)
    if config.get("ShadowProductionVariants") and (len(config["ProductionVariants"]), len(entries)) != (1, 2):
        yield "A shadow variant needs exactly one production variant beside it."
    if config.get("ExplainerConfig"):
        yield "ExplainerConfig is not modelled by the embedded AWS."
    if any("ServerlessConfig" in entry for entry in entries):
        yield from _serverless_problems(config, entries)


def _variant_problems(entry: Record) -> Iterator[str]:
    name = entry["VariantName"]
    if "ModelName" not in entry:
        yield f"Variant {name} names no model; inference components are not modelled by the embedded AWS."
    missing = [member for member in ("InitialInstanceCount", "InstanceType") if member not in entry]
    if missing and "ServerlessConfig" not in entry:
        needed = (
            f"must specify ServerlessConfig, or InstanceType and InitialInstanceCount; missing: {', '.join(missing)}"
        )
        yield f"Variant {name} {needed}."
    if len(missing) < 2 and "ServerlessConfig" in entry:
        yield f"Variant {name} must not specify both ServerlessConfig and instances."
    if entry.get("RoutingConfig", {}).get("RoutingStrategy") == "PREFIX_AWARE":
        yield f"Variant {name}: RoutingStrategy PREFIX_AWARE is not modelled by the embedded AWS."
    unknown = [member for member in NOT_MODELLED if member in entry]
    if unknown:
        yield f"Variant {name}: {', '.join(unknown)} is not modelled by the embedded AWS."


def _serverless_problems(config: Record, entries: list[Record]) -> Iterator[str]:
    if len(entries) > 1:
        yield "A serverless endpoint has exactly one variant."
    excluded = [member for member in ("DataCaptureConfig", "AsyncInferenceConfig", "VpcConfig") if config.get(member)]
    if excluded:
        yield f"Serverless endpoints do not support {', '.join(excluded)}."
    for serverless in (entry["ServerlessConfig"] for entry in entries if "ServerlessConfig" in entry):
        yield from _size_problems(serverless)


def _size_problems(serverless: dict[str, Any]) -> Iterator[str]:
    memory, most = serverless["MemorySizeInMB"], serverless["MaxConcurrency"]
    if memory % 1024:
        yield f"MemorySizeInMB must be one of 1024, 2048, 3072, 4096, 5120, 6144, found {memory}."
    if serverless.get("ProvisionedConcurrency", 0) > most:
        yield f"ProvisionedConcurrency must be at most MaxConcurrency, which is {most}."
