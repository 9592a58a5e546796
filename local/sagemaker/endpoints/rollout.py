"""The stages in which UpdateEndpoint moves traffic from the old fleet to the new one.

Source: SageMaker developer guide, "Deployment guardrails" (blue/green and rolling deployments), and the limits
named with CanarySize, LinearStepSize and MaximumBatchSize in the API reference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.service import ApiError

WAIT, TERMINATION_WAIT = "WaitIntervalInSeconds", "TerminationWaitInSeconds"


@dataclass(frozen=True, slots=True)
class Stage:
    """`share` (0 to 1) of the traffic on the new fleet, then `wait_s` simulated seconds of watching the alarms."""

    share: float
    wait_s: int
    waits_for: str
    """The setting that `wait_s` comes from, named in the variant's status message."""
    canary: bool = False


@dataclass(frozen=True, slots=True)
class Rollout:
    """Blue/green launches the whole new fleet first; rolling launches, and retires, as much as each stage moves."""

    stages: tuple[Stage, ...]
    alarms: tuple[str, ...] = ()
    rolling: bool = False
    rollback_stages: int = 1
    """In how many steps a rolling deployment goes back."""


def plan(deployment: Mapping[str, Any] | None, instances: int) -> Rollout:
    """The rollout of a DeploymentConfig onto a fleet of `instances`; ValidationException where it is no valid one."""
    deployment = deployment or {}
    blue_green, rolling = deployment.get("BlueGreenUpdatePolicy"), deployment.get("RollingUpdatePolicy")
    if blue_green and rolling:
        raise _invalid("Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy may be specified")
    alarms = tuple(alarm["AlarmName"] for alarm in deployment.get("AutoRollbackConfiguration", {}).get("Alarms", []))
    if rolling:
        return _rolling(rolling, instances, alarms)
    if not blue_green:
        return Rollout((Stage(1.0, 0, TERMINATION_WAIT),), alarms)
    return Rollout(_blue_green(blue_green, instances), alarms)


def capacity(share: float, instances: int) -> int:
    """How many of `instances` carry `share` of the traffic; a started instance counts whole."""
    return min(instances, math.ceil(round(share * instances, 9)))


def _blue_green(policy: Mapping[str, Any], instances: int) -> tuple[Stage, ...]:
    routing = policy["TrafficRoutingConfiguration"]
    kind, wait_s = routing["Type"], routing["WaitIntervalInSeconds"]
    steps: list[float] = []
    if kind == "CANARY":
        steps = [_size(routing, "CanarySize", instances, smallest=0.0)]
    elif kind == "LINEAR":
        step = _size(routing, "LinearStepSize", instances, smallest=0.1)
        steps = [step * number for number in range(1, math.ceil(round(1 / step, 9)))]
    last = Stage(1.0, policy.get("TerminationWaitInSeconds", 0), TERMINATION_WAIT)
    return (*(Stage(share, wait_s, WAIT, canary=kind == "CANARY") for share in steps), last)


def _rolling(policy: Mapping[str, Any], instances: int, alarms: tuple[str, ...]) -> Rollout:
    batch = _size(policy, "MaximumBatchSize", instances, smallest=0.05)
    back = (
        _size(policy, "RollbackMaximumBatchSize", instances, 0.05, 1.0) if "RollbackMaximumBatchSize" in policy else 1
    )
    # Whole instances: a batch of half a fleet of one is that one.
    size = capacity(batch, instances)
    shares = [min(1.0, size * number / instances) for number in range(1, math.ceil(instances / size) + 1)]
    stages = tuple(Stage(share, policy["WaitIntervalInSeconds"], WAIT) for share in shares)
    return Rollout(stages, alarms, rolling=True, rollback_stages=math.ceil(round(1 / back, 9)))


def _size(routing: Mapping[str, Any], name: str, instances: int, smallest: float, largest: float = 0.5) -> float:
    """A CapacitySize as a share of the fleet."""
    size = routing.get(name)
    if size is None:
        raise _invalid(f"{name} is required for this deployment policy")
    share = size["Value"] / (100 if size["Type"] == "CAPACITY_PERCENT" else instances)
    if not smallest <= share <= largest:
        found = f"{size['Value']} ({size['Type']})"
        limits = f"between {smallest:.0%} and {largest:.0%} of the variant's total instance count"
        raise _invalid(f"{name} must be {limits}, found {found} of {instances} instance(s)")
    return float(share)


def _invalid(text: str) -> ApiError:
    return ApiError("ValidationException", text)
