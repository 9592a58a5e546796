"""SageMaker's and Application Auto Scaling's condition keys, from the members of a request.

The keys are those of the Service Authorization Reference. A key whose member
is not in the request is absent from the context, as on AWS: `Bool` on
`sagemaker:NetworkIsolation` then fails, `Null` tests for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.iam.resources import members

SAGEMAKER = {
    "AppNetworkAccessType": "AppNetworkAccess",
    "EnableInterContainerTrafficEncryption": "InterContainerTrafficEncryption",
    "EnableNetworkIsolation": "NetworkIsolation",
    "DirectInternetAccess": "DirectInternetAccess",
    "InstanceType": "InstanceTypes",
    "MaxRuntimeInSeconds": "MaxRuntimeInSeconds",
    "ModelApprovalStatus": "ModelApprovalStatus",
    "OwnerUserProfileName": "OwnerUserProfileName",
    "RootAccess": "RootAccess",
    "SecurityGroupIds": "VpcSecurityGroupIds",
    "SecurityGroups": "VpcSecurityGroupIds",
    "SharingType": "SpaceSharingType",
    "Subnets": "VpcSubnets",
    "SubnetIds": "VpcSubnets",
    "TargetModel": "TargetModel",
    "VolumeKmsKeyId": "VolumeKmsKey",
}
"""Member, wherever it stands in a request -> key, without its prefix `sagemaker:`."""

_OUTPUTS = ("OutputDataConfig", "ProcessingOutputConfig", "TransformOutput", "MonitoringOutputConfig", "OutputConfig")
_ONE_VALUE = ("MaxRuntimeInSeconds", "ModelApprovalStatus", "NetworkIsolation", "InterContainerTrafficEncryption")
_SCALING = {"ServiceNamespace": "service-namespace", "ScalableDimension": "scalable-dimension"}


def keys(service: str, action: str, body: bytes) -> dict[str, Any]:
    """Context keys of a request; texts, or lists of texts for keys that take several values."""
    request = members(body) if service in ("sagemaker", "application-autoscaling") else {}
    if service == "application-autoscaling":
        return {f"application-autoscaling:{_SCALING[name]}": request[name] for name in _SCALING if name in request}
    found: dict[str, list[str]] = {}
    for parent, member, value in _leaves(request, ""):
        key = _key(action, parent, member)
        if key is not None:
            found.setdefault(key, []).append(value)
    return {
        f"sagemaker:{key}": values[0] if key in _ONE_VALUE else sorted(set(values)) for key, values in found.items()
    }


def _key(action: str, parent: str, member: str) -> str | None:
    if member == "KmsKeyId":
        if parent in _OUTPUTS:
            return "OutputKmsKey"
        return "VolumeKmsKey" if parent == "" or parent == "OnlineStoreSecurityConfig" else None
    if parent == "CustomerMetadataProperties":
        return f"CustomerMetadataProperties/{member}"
    return SAGEMAKER.get(member)


def _leaves(value: Any, parent: str, member: str = "") -> Iterator[tuple[str, str, str]]:
    """(parent member, member, value as IAM compares it) of every scalar; list items belong to their list."""
    if isinstance(value, dict):
        for name, item in value.items():
            if member not in ("Environment", "HyperParameters", "Tags"):  # the caller's own words, not the API's
                yield from _leaves(item, member, name)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, parent, member)
    elif isinstance(value, bool):
        yield parent, member, str(value).lower()
    elif value is not None:
        yield parent, member, str(value)
