"""SageMaker's and Application Auto Scaling's condition keys, from the members of a request.

The keys and their types are those of the Service Authorization Reference. A key whose member is not in the request is
absent from the context, as on AWS: `Bool` on `sagemaker:NetworkIsolation` then fails, `Null` tests for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from local.iam.resources import members
from local.iam.spaces import space_keys

Values = Sequence[str]


def _one(values: Values) -> str:
    return values[0]


def _all(values: Values) -> list[str]:
    return sorted(set(values))


def _largest(values: Values) -> str:
    return max(values, key=float)


def _least(values: Values) -> str:
    """Of several switches in one request the one that is off counts."""
    return min(values)


SAGEMAKER: dict[str, tuple[str, Callable[[Values], Any]]] = {
    "AcceleratorType": ("AcceleratorTypes", _all),
    "AppNetworkAccessType": ("AppNetworkAccessType", _one),
    "DirectInternetAccess": ("DirectInternetAccess", _one),
    "DisableGlueTableCreation": ("FeatureGroupDisableGlueTableCreation", _one),
    "EnableInterContainerTrafficEncryption": ("InterContainerTrafficEncryption", _least),
    "EnableNetworkIsolation": ("NetworkIsolation", _least),
    "EnableOnlineStore": ("FeatureGroupEnableOnlineStore", _one),
    "EnableRemoteDebug": ("EnableRemoteDebug", _one),
    "ImageVersionArn": ("ImageVersionArns", _all),
    "InstanceType": ("InstanceTypes", _all),
    "KeepAlivePeriodInSeconds": ("KeepAlivePeriod", _largest),
    "LifecycleConfigArn": ("StudioLifecycleConfigArns", _all),
    "MaxConcurrency": ("ServerlessMaxConcurrency", _largest),
    "MaxRuntimeInSeconds": ("MaxRuntimeInSeconds", _largest),
    "MemorySizeInMB": ("ServerlessMemorySize", _largest),
    "MinimumInstanceMetadataServiceVersion": ("MinimumInstanceMetadataServiceVersion", _one),
    "ModelApprovalStatus": ("ModelApprovalStatus", _one),
    "PipelineVersionId": ("PipelineVersionId", _one),
    "RemoteAccess": ("RemoteAccess", _one),
    "RootAccess": ("RootAccess", _one),
    "SageMakerImageArn": ("ImageArns", _all),
    "SecurityGroupIds": ("VpcSecurityGroupIds", _all),
    "SecurityGroups": ("VpcSecurityGroupIds", _all),
    "SubnetId": ("VpcSubnets", _all),
    "SubnetIds": ("VpcSubnets", _all),
    "Subnets": ("VpcSubnets", _all),
    "TargetModel": ("TargetModel", _one),
    "VolumeKmsKeyId": ("VolumeKmsKey", _one),
}
"""Member, wherever it stands in a request -> key without its prefix `sagemaker:`, and its value of the member's."""

_OUTPUTS = ("OutputDataConfig", "ProcessingOutputConfig", "TransformOutput", "MonitoringOutputConfig", "OutputConfig")
_KEYS_OF = {
    "": "VolumeKmsKey",  # of a domain, a notebook instance, an endpoint's configuration
    "OnlineStoreSecurityConfig": "FeatureGroupOnlineStoreKmsKey",
    "S3StorageConfig": "FeatureGroupOfflineStoreKmsKey",
    **dict.fromkeys(_OUTPUTS, "OutputKmsKey"),
}
"""Where a `KmsKeyId` stands -> its key."""
_FREE = ("Environment", "HyperParameters", "Tags")
"""Members that hold the caller's own words, not the API's."""
_SCALING = {"ServiceNamespace": "service-namespace", "ScalableDimension": "scalable-dimension"}


def keys(service: str, action: str, body: bytes) -> dict[str, Any]:
    """Context keys of a request; texts, or lists of texts for keys that take several values."""
    request = members(body) if service in ("sagemaker", "application-autoscaling") else {}
    if service == "application-autoscaling":
        return {f"application-autoscaling:{_SCALING[name]}": request[name] for name in _SCALING if name in request}
    operation = action.partition(":")[2]
    if operation.startswith(("Describe", "List", "Search")):
        return {}
    found: dict[str, tuple[Callable[[Values], Any], list[str]]] = {}
    for parent, member, value in _leaves(request, ""):
        if (key := _key(parent, member)) is not None:
            found.setdefault(key[0], (key[1], []))[1].append(value)
    given = {f"sagemaker:{key}": pick(values) for key, (pick, values) in found.items()}
    return {**given, **space_keys(operation, request)}


def _key(parent: str, member: str) -> tuple[str, Callable[[Values], Any]] | None:
    if member == "KmsKeyId":
        return (_KEYS_OF[parent], _one) if parent in _KEYS_OF else None
    if parent == "CustomerMetadataProperties":
        return f"CustomerMetadataProperties/{member}", _one
    return SAGEMAKER.get(member)


def _leaves(value: Any, parent: str, member: str = "") -> Iterator[tuple[str, str, str]]:
    """(parent member, member, value as IAM compares it) of every scalar; list items belong to their list."""
    if isinstance(value, dict):
        for name, item in value.items():
            if member not in _FREE:
                yield from _leaves(item, member, name)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, parent, member)
    elif isinstance(value, bool):
        yield parent, member, str(value).lower()
    elif value is not None:
        yield parent, member, str(value)
