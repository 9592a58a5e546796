"""What a training run costs at most, and what an environment costs a month.

A cost here is a ceiling for decisions (does another run fit into the budget?), not a bill: storage, requests and data
transfer are cents beside the instances (`core.prices`) and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.instance_types import near
from core.prices import USD_PER_HOUR

SAME_PRICE = ("us-east-1", "us-east-2", "us-west-2")
DEAREST_REGION = 1.7
"""Other regions cost up to this much more; the ceiling takes the dearest."""
PROCESSING_JOBS = 3
"""Of a run: prepare, baseline and gate."""


def price(instance_type: str, region: str) -> float:
    """USD an hour of one instance.

    >>> price("ml.m5.large", "us-east-1")
    0.115

    Raises LookupError for a type that SageMaker does not offer, with those that are spelled like it.
    """
    if instance_type not in USD_PER_HOUR:
        raise LookupError(
            f"instance type {instance_type!r} has no price in core/prices.py{near(instance_type, USD_PER_HOUR)}"
        )
    return USD_PER_HOUR[instance_type] * (1 if region in SAME_PRICE else DEAREST_REGION)


def run_cost(
    instance_type: str, instance_count: int, processing_instance_type: str, max_runtime_minutes: int, region: str
) -> float:
    """Upper estimate of one training run in USD: every job of it runs into its limit, none on spot capacity.

    >>> run_cost("ml.m5.large", 1, "ml.m5.large", 60, "us-east-1")
    0.46
    """
    training = instance_count * price(instance_type, region)
    processing = PROCESSING_JOBS * price(processing_instance_type, region)
    return round((training + processing) * max_runtime_minutes / 60, 2)


USD_PER_MONTH = {
    "AWS::KMS::Key": 1.0,
    "AWS::CloudWatch::Alarm": 0.10,
    "AWS::CloudWatch::Dashboard": 3.0,
    "AWS::EC2::NatGateway": 32.85,
}
"""What a resource costs a month by being there, list prices of US East (N. Virginia)."""
INTERFACE_ENDPOINT_USD_PER_MONTH = 7.30
"""For each subnet that it is in: 0.01 USD an hour (https://aws.amazon.com/privatelink/pricing/)."""
HOURS_PER_MONTH = 730
MONITOR_RUN_MINUTES = 5
"""A monitor job, with the start of its instance."""


def standing_month(resources: Iterable[Mapping[str, Any]]) -> float:
    """USD a month for what CloudFormation resources cost by being there.

    `resources` are the values of a template's `Resources`; types without a standing price count nothing.

    >>> standing_month([{"Type": "AWS::KMS::Key"}, {"Type": "AWS::IAM::Role"}])
    1.0
    """
    total = 0.0
    for resource in resources:
        total += USD_PER_MONTH.get(resource["Type"], 0.0)
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::EC2::VPCEndpoint" and properties.get("VpcEndpointType") == "Interface":
            total += INTERFACE_ENDPOINT_USD_PER_MONTH * len(properties.get("SubnetIds", ()))
    return total


def serving_month(instance_type: str, instances: int, region: str) -> float:
    """USD a month for an endpoint's instances.

    >>> serving_month("ml.m5.large", 1, "us-east-1")
    83.95
    """
    return round(instances * price(instance_type, region) * HOURS_PER_MONTH, 2)


def watching_month(instance_type: str, period_hours: int, region: str) -> float:
    """USD a month for the monitor's runs.

    >>> watching_month("ml.m5.large", 1, "us-east-1")
    7.0
    """
    runs = HOURS_PER_MONTH / period_hours
    return round(runs * MONITOR_RUN_MINUTES / 60 * price(instance_type, region), 2)
