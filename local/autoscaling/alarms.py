"""The alarms of a target tracking policy, made and removed as Application Auto Scaling does."""

from __future__ import annotations

import uuid

from ministack.services import cloudwatch

from local.autoscaling.targets import Record, invalid
from local.autoscaling.variants import RESOURCE
from local.clock import epoch
from local.cloudwatch.definition import Definition
from local.cloudwatch.evaluation import evaluate
from local.cloudwatch.metrics import series
from local.credentials import account_client

PREDEFINED = {"SageMakerVariantInvocationsPerInstance": ("AWS/SageMaker", "InvocationsPerInstance", "Sum")}
LOW_SHARE = 0.9
"""The low alarm goes off below this share of the target, so that a metric near the target changes nothing."""


def metric_of(tracking: Record, resource: str) -> Record:
    """The metric that a configuration tracks, in PutMetricAlarm's members."""
    if predefined := tracking.get("PredefinedMetricSpecification"):
        kind = predefined["PredefinedMetricType"]
        match = RESOURCE.fullmatch(resource)
        if kind not in PREDEFINED or match is None:
            raise invalid(f"Predefined metric {kind} is not modelled here; there is {', '.join(PREDEFINED)}.")
        namespace, name, statistic = PREDEFINED[kind]
        dimensions = [{"Name": "EndpointName", "Value": match[1]}, {"Name": "VariantName", "Value": match[2]}]
        return {"Namespace": namespace, "MetricName": name, "Statistic": statistic, "Dimensions": dimensions}
    custom = tracking.get("CustomizedMetricSpecification")
    if not custom or not custom.get("MetricName"):
        raise invalid("A predefined or a customized metric (of one MetricName) must be specified.")
    return {name: custom[name] for name in ("Namespace", "MetricName", "Statistic", "Dimensions") if name in custom}


def make(policy: Record) -> list[Record]:
    """The high and the low alarm; the answer is the policy's `Alarms`."""
    tracking = policy["TargetTrackingScalingPolicyConfiguration"]
    target, metric = tracking["TargetValue"], metric_of(tracking, policy["ResourceId"])
    names = [_put(policy, metric, "AlarmHigh", "GreaterThanThreshold", target, periods=3)]
    if not tracking.get("DisableScaleIn"):
        names.append(_put(policy, metric, "AlarmLow", "LessThanThreshold", target * LOW_SHARE, periods=15))
    described = account_client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return [{"AlarmName": alarm["AlarmName"], "AlarmARN": alarm["AlarmArn"]} for alarm in described]


def remove(policy: Record) -> None:
    if names := [alarm["AlarmName"] for alarm in policy.get("Alarms", ())]:
        account_client("cloudwatch").delete_alarms(AlarmNames=names)


def firing(policy: Record) -> list[Record]:
    """The alarms in ALARM that have the policy among their actions."""
    alarms = list(cloudwatch._alarms.values())
    return [a for a in alarms if a["StateValue"] == "ALARM" and policy["PolicyARN"] in (a.get("AlarmActions") or ())]


def value(alarm: Record) -> float | None:
    """The newest value that an evaluation of the alarm looks at."""
    recent = evaluate(Definition.of(alarm), epoch(), series).reason_data["recentDatapoints"]
    return recent[-1] if recent else None


def _put(policy: Record, metric: Record, kind: str, comparison: str, threshold: float, periods: int) -> str:
    name = f"TargetTracking-{policy['ResourceId']}-{kind}-{uuid.uuid4()}"
    account_client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        AlarmDescription=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy['PolicyARN']}.",
        AlarmActions=[policy["PolicyARN"]],
        ComparisonOperator=comparison,
        Threshold=threshold,
        EvaluationPeriods=periods,
        Period=60,
        **metric,
    )
    return name
