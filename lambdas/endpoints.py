"""What DescribeEndpoint says of a model's endpoint."""

from __future__ import annotations

from typing import Any

from core.names import VARIANT
from core.remediation.promotion import Endpoint
from lambdas.calls import Calls
from lambdas.failures import NotThere


def describe_endpoint(calls: Calls, client: Any, name: str) -> Endpoint | None:
    """None where there is no endpoint of this name. Raises Unavailable."""
    try:
        answer = calls.ask(client.describe_endpoint, EndpointName=name)
    except NotThere:
        return None
    variants = {variant["VariantName"]: variant for variant in answer.get("ProductionVariants", ())}
    return Endpoint(
        status=answer["EndpointStatus"],
        config=answer.get("EndpointConfigName", ""),
        modified=answer["LastModifiedTime"].isoformat(),
        instances=int(variants.get(VARIANT, {}).get("DesiredInstanceCount", 0)),
        failure=answer.get("FailureReason", ""),
    )
