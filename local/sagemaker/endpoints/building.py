"""A fleet from an endpoint configuration: models looked up, properties of the old fleet kept, data fetched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ministack.core.responses import get_account_id, get_region

from local import settings
from local.credentials import role_client, role_environment
from local.places import vpc_of
from local.sagemaker.capture import CaptureRule
from local.sagemaker.endpoints.configs import variants
from local.sagemaker.endpoints.fleet import Fleet
from local.sagemaker.endpoints.models import LaunchFailed, ServedModel
from local.sagemaker.store import Record, Store
from local.service import ApiError

COUNT, WEIGHT, CAPTURE = RETAINABLE = ("DesiredInstanceCount", "DesiredWeight", "DataCaptureConfig")


def session_of(endpoint: str) -> str:
    """Name of the sessions in which the model's role acts for an endpoint."""
    return f"endpoint-{endpoint}"


def fleet_of(
    store: Store, endpoint: str, config: Record, before: Fleet | None = None, keep: frozenset[str] = frozenset()
) -> Fleet:
    """A fleet without instances. Of the fleet `before`, the properties in `keep` (of RETAINABLE) are taken over."""
    if before and CAPTURE in keep:
        config = {**config, CAPTURE: before.config.get(CAPTURE)}
    models = {entry["ModelName"]: ServedModel.of(store, entry["ModelName"]) for entry in variants(config)}
    fleet = Fleet(endpoint, config, models, settings.current().temporary / "endpoints")
    old = {variant.name: variant for variant in before.variants} if before else {}
    for variant in fleet.variants:
        if COUNT in keep and variant.name in old:
            variant.desired_count = old[variant.name].desired_count
        if WEIGHT in keep and variant.name in old:
            variant.weight = variant.desired_weight = old[variant.name].desired_weight
        variant.capture = _rule(config, endpoint, variant.name, variant.model)
    return fleet


def kept(request: Record) -> frozenset[str]:
    """What UpdateEndpoint retains of the old fleet."""
    if not request.get("RetainAllVariantProperties"):
        return frozenset()
    excluded = {entry["VariantPropertyType"] for entry in request.get("ExcludeRetainedVariantProperties", ())}
    return frozenset(RETAINABLE) - excluded


def described(fleet: Fleet) -> dict[str, Any]:
    """The members of DescribeEndpoint that come from the configuration; None where it has them not."""
    config = fleet.config
    members: dict[str, Any] = {"EndpointConfigName": config["EndpointConfigName"], CAPTURE: None}
    members["AsyncInferenceConfig"] = config.get("AsyncInferenceConfig")
    if capture := config.get(CAPTURE):
        members[CAPTURE] = {
            "EnableCapture": _captures(config),
            "CaptureStatus": "Started" if _captures(config) else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId"),
        }
    return members


def prepare(endpoint: str, model: ServedModel, root: Path) -> dict[str, str]:
    """Unpack the model's data below `root`, as its execution role; the role's variables for the serving process."""
    try:
        vpc = vpc_of({"VpcConfig": model.network})
        variables = role_environment(model.role_arn, session_of(endpoint), vpc=vpc)
        s3 = role_client("s3", model.role_arn, session_of(endpoint), vpc=vpc)
    except ApiError as fault:
        raise LaunchFailed(fault.message) from None
    model.unpack(s3, root / "model")
    return variables


def _captures(config: Mapping[str, Any]) -> bool:
    return bool(config.get(CAPTURE, {}).get("EnableCapture", True)) if config.get(CAPTURE) else False


def _rule(config: Record, endpoint: str, variant: str, model: ServedModel) -> CaptureRule | None:
    if not _captures(config):
        return None
    whose = {"account": get_account_id(), "region": get_region(), "role_arn": model.role_arn}
    return CaptureRule.read(config[CAPTURE], endpoint=endpoint, variant=variant, **whose)
