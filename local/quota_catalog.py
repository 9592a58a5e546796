"""Which quotas SageMaker has here, with the values of a new account and the metrics in which their use is counted."""

from __future__ import annotations

import hashlib
from itertools import product
from typing import Any

from local import settings

SERVICE = {"ServiceCode": "sagemaker", "ServiceName": "Amazon SageMaker"}

USES = ("endpoint", "training job", "processing job", "transform job", "spot training job", "notebook instance")
COUNTED = frozenset(USES) - {"spot training job"}
"""Uses of which AWS/Usage has a metric."""
DEFAULTS = {
    "ml.t3.medium": 20.0,
    "ml.m5.large": 20.0,
    "ml.m5.xlarge": 15.0,
    "ml.c5.xlarge": 15.0,
    "ml.g4dn.xlarge": 0.0,
    "ml.g5.xlarge": 0.0,
    "ml.g5.12xlarge": 0.0,
    "ml.p3.2xlarge": 0.0,
    "ml.p4d.24xlarge": 0.0,
}
"""Instances of a new account, for each use; accelerators must be asked for."""


def defaults() -> dict[str, dict[str, Any]]:
    """Every quota as ListAWSDefaultServiceQuotas tells of it, by its code."""
    names = [f"{instance} for {use} usage" for instance, use in product(DEFAULTS, USES)]
    return {code(name): quota(name, DEFAULTS[name.split()[0]]) for name in names}


def code(name: str) -> str:
    """The code of the quota called `name`, in AWS's form."""
    return "L-" + hashlib.sha256(name.encode()).hexdigest()[:8].upper()


def quota(name: str, value: float) -> dict[str, Any]:
    running = settings.current()
    arn = f"arn:aws:servicequotas:{running.region}:{running.account}:{SERVICE['ServiceCode']}/{code(name)}"
    fixed = {"Unit": "None", "Adjustable": True, "GlobalQuota": False, "QuotaAppliedAtLevel": "ACCOUNT"}
    named = {"QuotaArn": arn, "QuotaCode": code(name), "QuotaName": name, "Value": value}
    return {**SERVICE, **named, **fixed, **_usage(name)}


def usage_dimensions(resource: str) -> dict[str, str]:
    """Of the metric ResourceCount in AWS/Usage."""
    return {"Class": "None", "Resource": resource, "Service": "SageMaker", "Type": "Resource"}


def _usage(name: str) -> dict[str, Any]:
    """Where the use of a quota is counted; AWS leaves it out for quotas whose use it does not count."""
    instance, _, use = name.removesuffix(" usage").partition(" for ")
    if use not in COUNTED:
        return {}
    metric = {
        "MetricNamespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "MetricDimensions": usage_dimensions(f"{use.replace(' ', '-')}/{instance}"),
        "MetricStatisticRecommendation": "Maximum",
    }
    return {"UsageMetric": metric}
