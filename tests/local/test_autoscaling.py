"""Application Auto Scaling: load starts serving processes, silence ends them, schedules and people set the limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.start import EmbeddedAws, eventually
from tests.local.conftest import HOUR_SECONDS
from tests.local.hosting import VARIANT, Hosting

pytestmark = pytest.mark.slow


class Scaled:
    """The variant of one endpoint as a scalable target."""

    def __init__(self, aws: EmbeddedAws, host: Hosting, least: int = 1, most: int = 3) -> None:
        self.host, self.endpoint = host, host.endpoint("yes")
        self.api, self.cloudwatch = aws.client("application-autoscaling"), aws.client("cloudwatch")
        self.target = {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/{self.endpoint}/variant/{VARIANT}",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        }
        self.api.register_scalable_target(**self.target, MinCapacity=least, MaxCapacity=most)

    def track(self, target: float, **more: Any) -> dict[str, Any]:
        metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
        tracking = {"TargetValue": target, "PredefinedMetricSpecification": metric, **more}
        put: dict[str, Any] = self.api.put_scaling_policy(
            **self.target,
            PolicyName="load",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=tracking,
        )
        return put

    def capacity(self) -> tuple[int, int]:
        """Instances that run, and instances that are wanted."""
        [variant] = self.host.sagemaker.describe_endpoint(EndpointName=self.endpoint)["ProductionVariants"]
        return variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]

    def until(self, count: int) -> None:
        for _ in eventually():
            if self.capacity() == (count, count):
                return

    def activities(self) -> list[dict[str, Any]]:
        """Newest first."""
        asked = {"ServiceNamespace": "sagemaker", "ResourceId": self.target["ResourceId"]}
        found: list[dict[str, Any]] = self.api.describe_scaling_activities(**asked)["ScalingActivities"]
        return found

    @contextmanager
    def load(self, pause_s: float) -> Iterator[None]:
        """Requests without end, with a pause between two of them."""
        over = threading.Event()

        def ask() -> None:
            while not over.wait(pause_s):
                self.host.ask(self.endpoint)

        caller = threading.Thread(target=ask)
        caller.start()
        try:
            yield
        finally:
            over.set()
            caller.join()


def test_load_starts_instances_and_less_load_ends_them(aws: EmbeddedAws, host: Hosting) -> None:
    scaled = Scaled(aws, host)
    scaled.track(3.0, ScaleOutCooldown=0, ScaleInCooldown=0)
    aws.pace(6 * HOUR_SECONDS)  # in half a second, which is a minute then, a slow machine answers more than nine, too
    try:
        with scaled.load(pause_s=0.005):
            scaled.until(3)
            processes = {host.ask_process(scaled.endpoint)[1] for _ in range(60)}
    finally:
        aws.pace(HOUR_SECONDS)
    assert len(processes) == 3
    activity = scaled.activities()[-1]
    assert activity["StatusCode"] == "Successful"
    assert activity["Cause"].startswith(f"monitor alarm TargetTracking-{scaled.target['ResourceId']}-AlarmHigh-")
    assert activity["Cause"].endswith("in state ALARM triggered policy load")
    with scaled.load(pause_s=0.2):
        scaled.until(1)


def test_a_tracking_policy_has_the_two_alarms_that_aws_gives_it(aws: EmbeddedAws, host: Hosting) -> None:
    scaled = Scaled(aws, host)
    names = [alarm["AlarmName"] for alarm in scaled.track(50.0)["Alarms"]]
    high, low = scaled.cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
    if "AlarmLow" in high["AlarmName"]:
        high, low = low, high
    assert (high["Threshold"], high["EvaluationPeriods"], high["Period"]) == (50.0, 3, 60)
    assert (low["Threshold"], low["EvaluationPeriods"], low["ComparisonOperator"]) == (45.0, 15, "LessThanThreshold")
    assert high["MetricName"] == "InvocationsPerInstance"
    assert scaled.track(60.0)["PolicyARN"] == high["AlarmActions"][0]
    assert not scaled.cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]


def test_a_step_policy_follows_any_alarm_that_names_it(
    aws: EmbeddedAws, host: Hosting, unique: Callable[[str], str]
) -> None:
    scaled, name = Scaled(aws, host), unique("alarm")
    arn = scaled.api.put_scaling_policy(
        **scaled.target,
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 2}],
            "Cooldown": 24 * 3600,
        },
    )["PolicyARN"]
    scaled.cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Test",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
        AlarmActions=[arn],
    )
    for _ in eventually():
        scaled.cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": name, "Value": 9}])
        if scaled.capacity() != (1, 1):
            break
    scaled.until(3)
    assert [activity["StatusCode"] for activity in scaled.activities()] == ["Successful"]


def test_limits_move_the_capacity_at_once(aws: EmbeddedAws, host: Hosting) -> None:
    scaled = Scaled(aws, host)
    scaled.api.register_scalable_target(**scaled.target, MinCapacity=2)
    scaled.until(2)
    assert scaled.activities()[0]["Cause"] == "minimum capacity was set to 2"


def test_a_scheduled_action_sets_limits_when_its_time_has_come(aws: EmbeddedAws, host: Hosting) -> None:
    scaled = Scaled(aws, host)
    soon = aws.now() + timedelta(minutes=30)
    scaled.api.put_scheduled_action(
        **scaled.target,
        ScheduledActionName="morning",
        Schedule=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        ScalableTargetAction={"MinCapacity": 2, "MaxCapacity": 4},
    )
    assert scaled.capacity() == (1, 1) or aws.now() >= soon
    scaled.until(2)
    assert aws.now() >= soon
    [target] = scaled.api.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[scaled.target["ResourceId"]]
    )["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 4)


def test_suspended_scaling_does_nothing(aws: EmbeddedAws, host: Hosting) -> None:
    scaled = Scaled(aws, host)
    scaled.api.register_scalable_target(**scaled.target, SuspendedState={"DynamicScalingOutSuspended": True})
    scaled.track(0.1, ScaleOutCooldown=0)
    with scaled.load(pause_s=0.01):
        for _ in eventually():
            high = next(
                alarm
                for alarm in scaled.cloudwatch.describe_alarms(
                    AlarmNamePrefix=f"TargetTracking-{scaled.target['ResourceId']}-AlarmHigh"
                )["MetricAlarms"]
            )
            if high["StateValue"] == "ALARM":
                break
        time.sleep(1)
    assert scaled.capacity() == (1, 1)


def test_only_what_exists_can_be_scaled(aws: EmbeddedAws, host: Hosting) -> None:
    scaled = Scaled(aws, host)
    for resource in (f"endpoint/{scaled.endpoint}/variant/Other", f"endpoint/nowhere/variant/{VARIANT}"):
        with pytest.raises(ClientError, match="SageMaker variant doesn't exist"):
            scaled.api.register_scalable_target(
                **{**scaled.target, "ResourceId": resource}, MinCapacity=1, MaxCapacity=2
            )
    with pytest.raises(ClientError, match="cannot be less than minimum"):
        scaled.api.register_scalable_target(**scaled.target, MinCapacity=4, MaxCapacity=2)
    with pytest.raises(scaled.api.exceptions.ObjectNotFoundException):
        scaled.api.delete_scaling_policy(**scaled.target, PolicyName="nobody")


def test_a_target_goes_with_its_endpoint_and_takes_its_alarms_along(aws: EmbeddedAws, host: Hosting) -> None:
    scaled = Scaled(aws, host)
    scaled.track(50.0)
    host.sagemaker.delete_endpoint(EndpointName=scaled.endpoint)
    for _ in eventually():
        if not scaled.api.describe_scalable_targets(
            ServiceNamespace="sagemaker", ResourceIds=[scaled.target["ResourceId"]]
        )["ScalableTargets"]:
            break
    prefix = f"TargetTracking-{scaled.target['ResourceId']}"
    for _ in eventually():
        if not scaled.cloudwatch.describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]:
            break


def test_an_update_may_not_change_the_instance_type_under_a_scaled_variant(aws: EmbeddedAws, host: Hosting) -> None:
    scaled = Scaled(aws, host)
    config = host.config({**host.variant("other"), "InstanceType": "ml.m5.xlarge"})
    with pytest.raises(ClientError, match="would change the instance type"):
        host.sagemaker.update_endpoint(EndpointName=scaled.endpoint, EndpointConfigName=config)
    scaled.api.deregister_scalable_target(**scaled.target)
    host.sagemaker.update_endpoint(EndpointName=scaled.endpoint, EndpointConfigName=config)
    host.until(scaled.endpoint, "InService")
