"""How CloudWatch tells of an alarm: the detail of its event, and what SNS and Lambda actions get.

Source: CloudWatch user guide, "Alarm events and EventBridge", "Notify users on alarm changes" and "Invoke a Lambda
function from an alarm".
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from local.cloudwatch.evaluation import stamp
from local.cloudwatch.metrics import pairs

DETAIL_TYPE = "CloudWatch Alarm State Change"

Alarm = dict[str, Any]
"""Record of a metric or composite alarm, as DescribeAlarms returns it."""


def detail(alarm: Alarm, previous: Mapping[str, Any]) -> dict[str, Any]:
    """`previous` is the `state` document before the change."""
    return {
        "alarmName": alarm["AlarmName"],
        "configuration": _composite(alarm) if "AlarmRule" in alarm else _metric_alarm(alarm),
        "previousState": dict(previous),
        "state": state(alarm),
    }


def state(alarm: Alarm) -> dict[str, Any]:
    document = {
        "value": alarm["StateValue"],
        "reason": alarm["StateReason"],
        "reasonData": alarm.get("StateReasonData"),
        "timestamp": stamp(alarm["StateUpdatedTimestamp"]),
        "actionsSuppressedBy": alarm.get("ActionsSuppressedBy"),
        "actionsSuppressedReason": alarm.get("ActionsSuppressedReason"),
    }
    return _without_none(document)


def lambda_event(alarm: Alarm, detail: Mapping[str, Any], account: str, region: str) -> dict[str, Any]:
    """Payload of an invocation by an alarm."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm["AlarmArn"],
        "accountId": account,
        "time": detail["state"]["timestamp"],
        "region": region,
        "alarmData": dict(detail),
    }


def sns_message(alarm: Alarm, detail: Mapping[str, Any], account: str, region: str) -> dict[str, Any]:
    """Document that is published to a topic."""
    lists = {name: alarm.get(name) or [] for name in ("OKActions", "AlarmActions", "InsufficientDataActions")}
    rule = {"AlarmRule": alarm["AlarmRule"]} if "AlarmRule" in alarm else {"Trigger": _trigger(alarm)}
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": detail["state"]["timestamp"],
        "Region": region,
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": detail["previousState"]["value"],
        **lists,
        **rule,
    }


def _trigger(alarm: Alarm) -> dict[str, Any]:
    common = (
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "ComparisonOperator",
        "Threshold",
        "TreatMissingData",
        "Metrics",
    )
    single = ("MetricName", "Namespace", "Period", "Unit")
    trigger = {name: alarm.get(name) for name in (*single, *common)}
    if alarm.get("Metrics") is None:
        extended = alarm.get("ExtendedStatistic")
        trigger["StatisticType"] = "ExtendedStatistic" if extended else "Statistic"
        trigger["ExtendedStatistic" if extended else "Statistic"] = extended or alarm["Statistic"].upper()
        trigger["Dimensions"] = [{"name": name, "value": value} for name, value in pairs(alarm.get("Dimensions"))]
    return _without_none(trigger)


def _composite(alarm: Alarm) -> dict[str, Any]:
    return _without_none(
        {
            "description": alarm.get("AlarmDescription"),
            "alarmRule": alarm["AlarmRule"],
            "actionsSuppressor": alarm.get("ActionsSuppressor"),
            "actionsSuppressorWaitPeriod": alarm.get("ActionsSuppressorWaitPeriod"),
            "actionsSuppressorExtensionPeriod": alarm.get("ActionsSuppressorExtensionPeriod"),
        }
    )


def _metric_alarm(alarm: Alarm) -> dict[str, Any]:
    metrics = [_query(query) for query in alarm.get("Metrics") or [_only_query(alarm)]]
    return _without_none({"description": alarm.get("AlarmDescription"), "metrics": metrics})


def _only_query(alarm: Alarm) -> dict[str, Any]:
    """The one metric of an alarm without `Metrics`; CloudWatch makes an id for it up."""
    metric = {name: alarm.get(name) for name in ("Namespace", "MetricName", "Dimensions")}
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
    stat = {"Metric": metric, "Period": alarm["Period"], "Stat": statistic, "Unit": alarm.get("Unit")}
    return {"Id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm["AlarmArn"])), "MetricStat": stat}


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    common = {"id": query["Id"], "label": query.get("Label"), "returnData": query.get("ReturnData", True)}
    if query.get("Expression"):
        return _without_none(common | {"expression": query["Expression"]})
    stat = query["MetricStat"]
    metric = {
        "namespace": stat["Metric"]["Namespace"],
        "name": stat["Metric"]["MetricName"],
        "dimensions": dict(pairs(stat["Metric"].get("Dimensions"))),
    }
    document = {"metric": metric, "period": stat["Period"], "stat": stat["Stat"], "unit": stat.get("Unit")}
    return _without_none(common | {"metricStat": _without_none(document)})


def _without_none(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value is not None}
