"""What watches what."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from core.config.model import Model
from core.contracts.alarms import NEARING, SILENCE, Trouble, of_batch, troubles, warning
from core.contracts.notices import ACTION, INFORMATION, URGENCY
from core.contracts.policy import ModelPolicy
from core.contracts.policy_parts import count, joined, part_names
from core.names import VARIANT
from tests.wiring.system import HANDLERS, System

ALARM = "AWS::CloudWatch::Alarm"
COMPARISONS = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def policy_of(system: System, model: str) -> ModelPolicy:
    parameter = system.names.model(model).policy_parameter
    many = count(system.deployed.one("AWS::SSM::Parameter", Name=parameter)["Value"])
    found = [system.deployed.one("AWS::SSM::Parameter", Name=name) for name in part_names(parameter, many)]
    return ModelPolicy.from_json(joined([each["Value"] for each in found]))


def kinds_of(model: Model) -> tuple[Trouble, ...]:
    return troubles(sensitive=bool(model.sensitive), estimated=model.monitoring.estimate_alarm)


def alarms_watch_what_the_monitor_publishes(system: System) -> None:
    """Same namespace, name and dimensions, one datapoint a period."""
    for model in system.models:
        names = system.names.model(model.name)
        watch = policy_of(system, model.name).watch
        for trouble in kinds_of(model):
            alarm = system.deployed.one(ALARM, AlarmName=names.alarm(trouble))
            metric = system.wires.published[trouble]
            values = {"Endpoint": names.endpoint, "MonitoringSchedule": names.monitor}
            datum = metric.datum(1.0, datetime(2026, 11, 20, tzinfo=UTC), values)
            published = (metric.namespace, datum["MetricName"], _pairs(datum["Dimensions"]))
            watched = (alarm["Namespace"], alarm["MetricName"], _pairs(alarm["Dimensions"]))
            assert watched == published, f"{alarm['AlarmName']} watches {watched}, published is {published}"
            assert alarm["Period"] == watch.period_s, f"{alarm['AlarmName']} has another period than its monitor"


def alarms_fire_at_the_limit_and_not_before(system: System) -> None:
    for model in system.models:
        for trouble in set(kinds_of(model)) - {SILENCE}:
            alarm = system.deployed.one(ALARM, AlarmName=system.names.model(model.name).alarm(trouble))
            breaches, threshold = COMPARISONS[alarm["ComparisonOperator"]], alarm["Threshold"]
            assert alarm["Statistic"] == "Maximum"
            assert breaches(1.0, threshold), f"{alarm['AlarmName']} misses its limit"
            assert not breaches(0.99, threshold), f"{alarm['AlarmName']} fires below its limit"
            assert alarm["TreatMissingData"] == "ignore", f"{alarm['AlarmName']} takes silence for an answer"


def silence_is_trouble(system: System) -> None:
    for model in system.models:
        alarm = system.deployed.one(ALARM, AlarmName=system.names.model(model.name).alarm(SILENCE))
        breaches = COMPARISONS[alarm["ComparisonOperator"]]
        assert alarm["TreatMissingData"] == "breaching", "a monitor that says nothing would go unnoticed"
        assert alarm["Statistic"] == "SampleCount"
        assert not breaches(1, alarm["Threshold"]), "a monitor that speaks would count as silent"


def one_bad_window_is_not_enough(system: System) -> None:
    for model in system.models:
        watch = policy_of(system, model.name).watch
        for trouble in kinds_of(model):
            alarm = system.deployed.one(ALARM, AlarmName=system.names.model(model.name).alarm(trouble))
            assert alarm["DatapointsToAlarm"] == watch.alarm_datapoints >= 2
            assert alarm["EvaluationPeriods"] == watch.alarm_periods >= alarm["DatapointsToAlarm"]


def every_alarm_is_heard(system: System) -> None:
    """By the team's topic, or by the rule that wakes remediation."""
    patterns = [rule["EventPattern"] for rule in system.deployed.of("AWS::Events::Rule")]
    heard = {arn for pattern in patterns for arn in pattern.get("resources", ())}
    topic = system.arns.of("sns", system.names.topic)
    for alarm in system.deployed.of(ALARM):
        arn = system.arns.of("cloudwatch", f"alarm:{alarm.get('AlarmName')}")
        assert alarm.get("AlarmActions") == [topic] or arn in heard, f"nobody hears {alarm['AlarmDescription']}"
        assert alarm.get("TreatMissingData"), f"{alarm['AlarmDescription']} leaves missing data to chance"


def what_comes_near_is_told_to_people_alone(system: System) -> None:
    """A warning differs from the alarm proper in where it fires and whom it calls; remediation never hears of it."""
    topic = system.arns.of("sns", system.names.topic)
    differ = {"AlarmName", "AlarmDescription", "Threshold", "AlarmActions"}
    patterns = json.dumps([rule["EventPattern"] for rule in system.deployed.of("AWS::Events::Rule")])
    expected = set()
    for model in system.models:
        names, warn_at = system.names.model(model.name), model.monitoring.warn_at
        near = [trouble for trouble in kinds_of(model) if trouble in NEARING and warn_at is not None]
        for kind in (*near, *(map(of_batch, near) if model.batch else ())):
            alarm = system.deployed.one(ALARM, AlarmName=names.alarm(kind))
            warns = system.deployed.one(ALARM, AlarmName=names.alarm(warning(kind)))
            expected.add(warns["AlarmName"])
            assert warns["Threshold"] == warn_at < alarm["Threshold"], f"{warns['AlarmName']} fires elsewhere"
            assert warns["AlarmActions"] == [topic], f"{warns['AlarmName']} calls nobody"
            same = [{key: each[key] for key in each.keys() - differ} for each in (warns, alarm)]
            assert same[0] == same[1], f"{warns['AlarmName']} watches something else"
    found = {each["AlarmName"] for each in system.deployed.of(ALARM) if str(each.get("AlarmName")).endswith("warning")}
    assert found == expected, f"warnings that nobody asked for: {found ^ expected}"
    assert "warning" not in patterns, "a warning would start remediation"


def a_bad_release_is_rolled_back(system: System) -> None:
    """The alarms that a deployment names exist and watch the endpoint that is deployed."""
    for model in system.models:
        for name in policy_of(system, model.name).release.rollback_alarms:
            alarm = system.deployed.one(ALARM, AlarmName=name)
            expected = {"EndpointName": system.names.model(model.name).endpoint, "VariantName": VARIANT}
            assert alarm["Namespace"] == "AWS/SageMaker"
            assert dict(_pairs(alarm["Dimensions"])) == expected, f"{name} watches another endpoint"


def a_handler_that_fails_is_noticed(system: System) -> None:
    watched = {
        (a["MetricName"], value) for a in system.deployed.of(ALARM) for _, value in _pairs(a.get("Dimensions", ()))
    }
    for handler in HANDLERS:
        function = system.names.function(handler)
        assert ("ApproximateNumberOfMessagesVisible", system.names.dead_letters(handler)) in watched, handler
        assert {("Errors", function), ("Throttles", function)} <= watched, handler


def cloudwatch_may_publish(system: System) -> None:
    """To the topic, and with the key that the topic is encrypted with."""
    topic = system.deployed.one("AWS::SNS::Topic", TopicName=system.names.topic)
    key = system.deployed.one("AWS::KMS::Key")
    policies = [p["PolicyDocument"] for p in system.deployed.of("AWS::SNS::TopicPolicy")]
    assert topic["KmsMasterKeyId"] == system.deployed.key_arn, "the topic is not encrypted with the team's key"
    assert _allows(policies, "cloudwatch.amazonaws.com", "sns:Publish")
    assert _allows([key["KeyPolicy"]], "cloudwatch.amazonaws.com", "kms:Decrypt"), "alarms would be lost silently"
    assert _allows([key["KeyPolicy"]], "events.amazonaws.com", "kms:GenerateDataKey*"), "events would be lost"


def only_what_needs_a_person_is_sent_by_sms(system: System) -> None:
    for subscription in system.deployed.of("AWS::SNS::Subscription"):
        if subscription["Protocol"] == "sms":
            wanted = subscription.get("FilterPolicy", {}).get(URGENCY, [])
            assert ACTION in wanted, "nobody would be called"
            assert {"exists": False} in wanted, "alarms carry no attributes and would not be heard"
            assert INFORMATION not in wanted, "everything would be sent"


def dashboards_show_metrics_that_exist(system: System) -> None:
    for model in system.models:
        metrics = [system.wires.published[trouble] for trouble in kinds_of(model)]
        published = {(metric.namespace, metric.name) for metric in metrics}
        board = system.deployed.one(
            "AWS::CloudWatch::Dashboard", DashboardName=system.names.model(model.name).dashboard
        )
        widgets = json.loads(board["DashboardBody"])["widgets"]
        shown = {tuple(line[:2]) for widget in widgets for line in widget["properties"].get("metrics", ())}
        assert published <= shown, f"not on the dashboard: {published - shown}"


def _pairs(dimensions: list[dict[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset((dimension["Name"], dimension["Value"]) for dimension in dimensions)


def _allows(policies: list[dict[str, Any]], service: str, action: str) -> bool:
    statements = [statement for policy in policies for statement in policy["Statement"]]
    return any(
        statement["Effect"] == "Allow"
        and isinstance(statement["Principal"], dict)
        and service in statement["Principal"].get("Service", ())
        and action in statement["Action"]
        for statement in statements
    )


CHECKS = (
    alarms_watch_what_the_monitor_publishes,
    alarms_fire_at_the_limit_and_not_before,
    silence_is_trouble,
    one_bad_window_is_not_enough,
    what_comes_near_is_told_to_people_alone,
    every_alarm_is_heard,
    a_bad_release_is_rolled_back,
    a_handler_that_fails_is_noticed,
    cloudwatch_may_publish,
    only_what_needs_a_person_is_sent_by_sms,
    dashboards_show_metrics_that_exist,
)
