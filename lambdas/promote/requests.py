"""The requests of a deployment: private, encrypted, captured, and rolled back by alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.contracts import explanations
from core.contracts.instances import has_local_storage
from core.contracts.policy import ReleasePolicy
from core.names import VARIANT, ModelNames
from core.remediation.promotion import Deploy

TIMEOUT_S = 2 * 3600
"""A deployment that takes longer beyond its waits is rolled back."""
TIMEOUT_MAX_S = 28800


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every model of the team environment gets."""

    role_arn: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    key_arn: str
    capture_bucket: str
    tags: Mapping[str, str]

    @property
    def tagged(self) -> dict[str, Any]:
        """Member of every request that makes something: what costs money says whose it is."""
        return {"Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()]}


def model_request(release: str, package_arn: str, policy: ReleasePolicy, wiring: Wiring) -> dict[str, Any]:
    own = {explanations.ROWS: str(policy.explained_rows), explanations.BY: policy.explained_by}
    return {
        "ModelName": release,
        "ExecutionRoleArn": wiring.role_arn,
        "PrimaryContainer": {"ModelPackageName": package_arn, "Environment": own},
        "EnableNetworkIsolation": True,
        "VpcConfig": {"Subnets": list(wiring.subnets), "SecurityGroupIds": list(wiring.security_groups)},
        **wiring.tagged,
    }


def config_request(
    names: ModelNames, release: str, instances: int, policy: ReleasePolicy, wiring: Wiring
) -> dict[str, Any]:
    variant = {
        "VariantName": VARIANT,
        "ModelName": release,
        "InitialInstanceCount": instances,
        "InstanceType": policy.instance_type,
        "InitialVariantWeight": 1.0,
    }
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": policy.capture_percent,
        "DestinationS3Uri": f"s3://{wiring.capture_bucket}/{names.capture_prefix}",
        "KmsKeyId": wiring.key_arn,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
    }
    key = {} if has_local_storage(policy.instance_type) else {"KmsKeyId": wiring.key_arn}
    config = {"EndpointConfigName": release, "ProductionVariants": [variant], "DataCaptureConfig": capture}
    return {**config, **key, **wiring.tagged}


def deployment_config(how: Deploy, policy: ReleasePolicy) -> dict[str, Any]:
    """Blue/green: a canary first where the fleet has two instances, then all; alarms roll back until the very end."""
    wait = policy.canary_wait_s
    routing: dict[str, Any] = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": wait}
    if how.canary:
        size = {"Type": "CAPACITY_PERCENT", "Value": policy.canary_percent}
        routing = {"Type": "CANARY", "WaitIntervalInSeconds": wait, "CanarySize": size}
    guard: dict[str, Any] = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": wait,
            "MaximumExecutionTimeoutInSeconds": min(TIMEOUT_S + 2 * wait, TIMEOUT_MAX_S),
        }
    }
    if policy.rollback_alarms:
        alarms = [{"AlarmName": name} for name in policy.rollback_alarms]
        guard["AutoRollbackConfiguration"] = {"Alarms": alarms}
    return guard
