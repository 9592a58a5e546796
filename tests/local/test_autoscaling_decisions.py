"""What scaling policies ask for, by AWS's own rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.autoscaling.decisions import (
    Proposal,
    Scaled,
    agreed,
    base_capacity,
    may_scale_in,
    stepped_capacity,
    tracked_capacity,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@given(current=st.integers(1, 100), value=st.floats(0, 1e6), target=st.floats(1, 1e4))
def test_tracking_brings_the_metric_to_its_target_with_no_instance_to_spare(
    current: int, value: float, target: float
) -> None:
    capacity = tracked_capacity(current, value, target)
    load = current * value
    rounded = 1e-9 * target + 1e-6 * max(1, load)  # a billionth of an instance is no reason for another one
    assert capacity * target >= load - rounded
    assert (capacity - 1) * target <= load + rounded


def steps(kind: str, *adjustments: tuple[float | None, float | None, int], **more: Any) -> dict[str, Any]:
    entries = []
    for low, high, change in adjustments:
        entry: dict[str, Any] = {"ScalingAdjustment": change}
        entry |= {} if low is None else {"MetricIntervalLowerBound": low}
        entry |= {} if high is None else {"MetricIntervalUpperBound": high}
        entries.append(entry)
    return {"AdjustmentType": kind, "StepAdjustments": entries, **more}


OUT = steps("ChangeInCapacity", (0, 10, 1), (10, None, 3))
IN = steps("ChangeInCapacity", (-10, 0, -1), (None, -10, -2))


@pytest.mark.parametrize(
    ("configuration", "value", "capacity"),
    [
        (OUT, 50, 5),
        (OUT, 59.9, 5),
        (OUT, 60, 7),
        (IN, 45, 3),
        (IN, 40, 2),
        (IN, 60, 4),
        (steps("ExactCapacity", (0, None, 9)), 55, 9),
        (steps("PercentChangeInCapacity", (0, None, 30)), 55, 5),
        (steps("PercentChangeInCapacity", (0, None, 30), MinAdjustmentMagnitude=2), 55, 6),
        (steps("PercentChangeInCapacity", (None, 0, -10)), 45, 3),
    ],
)
def test_a_step_is_chosen_by_how_far_the_threshold_is_exceeded(
    configuration: dict[str, Any], value: float, capacity: int
) -> None:
    assert stepped_capacity(4, value, 50, configuration) == capacity


def proposal(capacity: int) -> Proposal:
    return Proposal(capacity, f"to-{capacity}", "alarm")


def test_the_largest_scale_out_wins_even_over_a_scale_in() -> None:
    change = agreed([proposal(1), proposal(4), proposal(6)], 3, 1)
    assert change == proposal(6)


def test_a_scale_in_needs_all_and_goes_only_as_far_as_the_most_careful() -> None:
    assert agreed([proposal(1)], 3, 2) is None
    assert agreed([proposal(1), proposal(2)], 3, 2) == proposal(2)


def test_what_was_added_a_moment_ago_counts() -> None:
    last = Scaled(NOW - timedelta(seconds=100), before=2, after=4)
    assert base_capacity(4, last, NOW, 300) == 2
    assert base_capacity(4, last, NOW, 100) == 4
    assert base_capacity(4, None, NOW, 300) == 4


def test_scaling_in_waits_for_the_cooldown_of_the_last_time() -> None:
    last = Scaled(NOW - timedelta(seconds=299), before=4, after=3)
    assert not may_scale_in(last, NOW, 300)
    assert may_scale_in(last, NOW + timedelta(seconds=1), 300)
    assert may_scale_in(None, NOW, 300)
