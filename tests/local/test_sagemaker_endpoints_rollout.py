"""The stages of a deployment, and which deployments are no valid ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.sagemaker.endpoints.rollout import capacity, plan
from local.service import ApiError


def blue_green(kind: str, wait_s: int = 60, **more: Any) -> dict[str, Any]:
    termination = {"TerminationWaitInSeconds": more.pop("termination")} if "termination" in more else {}
    routing = {"Type": kind, "WaitIntervalInSeconds": wait_s, **more}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, **termination}}


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def instances(value: int) -> dict[str, Any]:
    return {"Type": "INSTANCE_COUNT", "Value": value}


def rolling(batch: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"RollingUpdatePolicy": {"MaximumBatchSize": batch, "WaitIntervalInSeconds": 30, **more}}


def shares(deployment: dict[str, Any] | None, count: int) -> list[tuple[float, int]]:
    return [(round(stage.share, 6), stage.wait_s) for stage in plan(deployment, count).stages]


def test_without_a_policy_all_traffic_moves_at_once() -> None:
    assert shares(None, 2) == [(1.0, 0)]


def test_all_at_once_bakes_for_the_termination_wait() -> None:
    assert shares(blue_green("ALL_AT_ONCE", termination=120), 1) == [(1.0, 120)]


def test_a_canary_bakes_before_the_rest_follows() -> None:
    assert shares(blue_green("CANARY", 600, CanarySize=percent(10), termination=300), 1) == [(0.1, 600), (1.0, 300)]
    assert shares(blue_green("CANARY", 600, CanarySize=instances(1)), 4) == [(0.25, 600), (1.0, 0)]


def test_linear_steps_end_with_everything() -> None:
    assert shares(blue_green("LINEAR", 60, LinearStepSize=percent(33)), 3) == [
        (0.33, 60),
        (0.66, 60),
        (0.99, 60),
        (1.0, 0),
    ]
    assert shares(blue_green("LINEAR", 60, LinearStepSize=instances(1)), 2) == [(0.5, 60), (1.0, 0)]


def test_rolling_moves_whole_instances() -> None:
    assert shares(rolling(percent(50)), 3) == [(0.666667, 30), (1.0, 30)]
    assert shares(rolling(percent(50)), 1) == [(1.0, 30)]
    assert plan(rolling(instances(1), RollbackMaximumBatchSize=percent(100)), 2).rollback_stages == 1


def test_alarms_are_those_of_the_configuration() -> None:
    deployment = {**blue_green("ALL_AT_ONCE"), "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}
    assert plan(deployment, 1).alarms == ("errors",)


@pytest.mark.parametrize(
    ("deployment", "complaint"),
    [
        (blue_green("CANARY"), "CanarySize is required"),
        (blue_green("CANARY", CanarySize=percent(51)), "CanarySize must be between 0% and 50%"),
        (blue_green("CANARY", CanarySize=instances(2)), r"found 2 \(INSTANCE_COUNT\) of 2 instance"),
        (blue_green("LINEAR", LinearStepSize=percent(9)), "LinearStepSize must be between 10% and 50%"),
        (rolling(percent(4)), "MaximumBatchSize must be between 5% and 50%"),
        ({**blue_green("ALL_AT_ONCE"), **rolling(percent(50))}, "Only one of"),
    ],
)
def test_what_aws_refuses_is_refused(deployment: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ApiError, match=complaint):
        plan(deployment, 2)


@given(step=st.integers(10, 50), count=st.integers(1, 20))
def test_every_linear_rollout_rises_to_all_traffic(step: int, count: int) -> None:
    rising = [share for share, _ in shares(blue_green("LINEAR", LinearStepSize=percent(step)), count)]
    assert rising == sorted(set(rising))
    assert rising[-1] == 1.0


@given(share=st.floats(0, 1), count=st.integers(1, 50))
def test_capacity_covers_the_share_and_wastes_less_than_one_instance(share: float, count: int) -> None:
    assert share * count - 1e-6 <= capacity(share, count) < share * count + 1
