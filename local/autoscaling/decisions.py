"""How much capacity a scaling policy asks for. Pure: numbers in, a capacity with its reason out.

Source: Application Auto Scaling user guide, "How target tracking scaling works", "How step scaling works" and
"Define cooldown periods".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

COOLDOWN_S = 300
"""Of a SageMaker variant, where the policy names none."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one policy asks for, and the alarm that made it ask."""

    capacity: int
    policy: str
    alarm: str


@dataclass(frozen=True, slots=True)
class Scaled:
    """The last change of a target's capacity in one direction."""

    at: datetime
    before: int
    after: int


def tracked_capacity(current: int, value: float, target: float) -> int:
    """Capacity at which a metric per instance that is now `value` falls to `target`, rounded up.

    >>> tracked_capacity(current=2, value=700, target=500)
    3
    """
    return math.ceil(round(current * value / target, 9))


def stepped_capacity(current: int, value: float, threshold: float, configuration: Mapping[str, Any]) -> int:
    """Capacity after the step adjustment whose interval, relative to the alarm's threshold, holds `value`."""
    step = _step(value - threshold, configuration["StepAdjustments"])
    if step is None:
        return current
    kind, adjustment = configuration["AdjustmentType"], int(step["ScalingAdjustment"])
    if kind == "ExactCapacity":
        return adjustment
    if kind == "ChangeInCapacity":
        return current + adjustment
    change = _whole(current * adjustment / 100)
    least = int(configuration.get("MinAdjustmentMagnitude", 1))
    return current + (max(abs(change), least) if adjustment > 0 else -max(abs(change), least))


def agreed(proposals: Sequence[Proposal], current: int, scale_in_needs: int) -> Proposal | None:
    """The change to make when several policies watch one target; None for none.

    The largest scale-out wins. A scale-in happens when all `scale_in_needs` policies ask for it, down to the largest
    capacity that they ask for.
    """
    outwards = [proposal for proposal in proposals if proposal.capacity > current]
    inwards = [proposal for proposal in proposals if proposal.capacity < current]
    if outwards:
        return max(outwards, key=lambda proposal: proposal.capacity)
    if inwards and len(inwards) >= scale_in_needs:
        return max(inwards, key=lambda proposal: proposal.capacity)
    return None


def base_capacity(current: int, last_out: Scaled | None, now: datetime, cooldown_s: int) -> int:
    """What a scale-out is computed from: while an earlier one cools down, the capacity before that one.

    So what was added already counts, and only a larger scale-out adds more.
    """
    cooling = last_out is not None and now < last_out.at + timedelta(seconds=cooldown_s)
    return last_out.before if cooling and last_out is not None else current


def may_scale_in(last_in: Scaled | None, now: datetime, cooldown_s: int) -> bool:
    return last_in is None or now >= last_in.at + timedelta(seconds=cooldown_s)


def _step(breach: float, adjustments: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Bounds are inclusive below and exclusive above for a breach from 0 up, the other way round below 0."""
    for adjustment in adjustments:
        low = adjustment.get("MetricIntervalLowerBound", -math.inf)
        high = adjustment.get("MetricIntervalUpperBound", math.inf)
        if (low <= breach < high) if breach >= 0 else (low < breach <= high):
            return adjustment
    return None


def _whole(change: float) -> int:
    """Percent changes are cut towards zero, but are at least one instance.

    >>> _whole(12.7), _whole(0.67), _whole(-0.58), _whole(-6.67)
    (12, 1, -1, -6)
    """
    return math.trunc(change) or (1 if change > 0 else -1)
