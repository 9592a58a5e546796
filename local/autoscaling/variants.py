"""What Application Auto Scaling scales: the instances of a SageMaker variant."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from local.sagemaker import running
from local.sagemaker.endpoints.endpoint import IN_PROGRESS, Endpoint
from local.sagemaker.endpoints.fleet import Variant
from local.service import ApiError

RESOURCE = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")
PATIENCE_S = 600


class Variants(Protocol):
    """Variants by their resource id, `endpoint/<name>/variant/<name>`."""

    def capacity(self, resource: str) -> int | None:
        """Instances wanted at present; None where there is no such variant."""

    def ready(self, resource: str) -> bool:
        """Whether its capacity can be changed now."""

    def scale(self, resource: str, count: int) -> str | None:
        """Change the capacity and wait until that is done; what went wrong, or None."""

    def watch(self, scaled: Callable[[str], bool], gone: Callable[[str], None]) -> None:
        """`scaled(resource)` is asked before updates of an endpoint; `gone(endpoint)` is told of a deleted one."""


class SageMakerVariants:
    """The variants of the running SageMaker service."""

    def capacity(self, resource: str) -> int | None:
        _, variant = self._found(resource)
        return variant.desired_count if variant and "ServerlessConfig" not in variant.config else None

    def ready(self, resource: str) -> bool:
        endpoint, variant = self._found(resource)
        return variant is not None and endpoint is not None and endpoint.status not in IN_PROGRESS

    def scale(self, resource: str, count: int) -> str | None:
        endpoint, variant = self._found(resource)
        if endpoint is None or variant is None:
            return f"{resource} does not exist"
        change = {"VariantName": variant.name, "DesiredInstanceCount": count}
        request = {"EndpointName": endpoint.name, "DesiredWeightsAndCapacities": [change]}
        try:
            running().call("UpdateEndpointWeightsAndCapacities", request)
        except ApiError as fault:
            return fault.message
        running().store.wait(lambda: endpoint.status not in IN_PROGRESS, PATIENCE_S)
        reason: str | None = endpoint.record.get("FailureReason")
        return reason

    def watch(self, scaled: Callable[[str], bool], gone: Callable[[str], None]) -> None:
        endpoints = running().hosting.endpoints
        endpoints.scaled = lambda endpoint, variant: scaled(f"endpoint/{endpoint}/variant/{variant}")
        endpoints.when_deleted = gone

    @staticmethod
    def _found(resource: str) -> tuple[Endpoint | None, Variant | None]:
        match = RESOURCE.fullmatch(resource)
        try:
            endpoint = running().hosting.endpoints.find(match[1]) if match else None
        except ApiError:
            return None, None
        if endpoint is None or endpoint.fleet is None or match is None:
            return None, None
        return endpoint, next((v for v in endpoint.fleet.production if v.name == match[2]), None)
