"""Mistakes about what watches what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from core.contracts import alarms, metrics
from tests.wiring import check_alarms
from tests.wiring.faults.seeding import (
    ALARM,
    DRIFT,
    RULE,
    SILENT,
    Fault,
    in_code,
    in_template,
    setting,
    text,
    without,
)
from tests.wiring.system import System


def faults() -> Iterator[Fault]:
    watch, limit = (
        check_alarms.alarms_watch_what_the_monitor_publishes,
        check_alarms.alarms_fire_at_the_limit_and_not_before,
    )
    sms = check_alarms.only_what_needs_a_person_is_sent_by_sms
    deaf = setting("FilterPolicy", to={"urgency": ["urgent"]})
    yield in_template("calls to act are filtered out", sms, "AWS::SNS::Subscription", deaf, Protocol="sms")
    chatty = without("FilterPolicy")
    yield in_template("everything is sent by SMS", sms, "AWS::SNS::Subscription", chatty, Protocol="sms")
    renamed = replace(metrics.DRIFT, name="drift_score")
    fewer = replace(metrics.DRIFT, dimensions=("Endpoint",))
    elsewhere = replace(metrics.QUALITY_DROP, namespace="homeostat")
    yield in_code("the monitor renames a metric", watch, published(alarms.DRIFT, renamed))
    biased = replace(metrics.BIAS_DRIFT, name="bias")
    yield in_code("the monitor tells of bias by another name", watch, published(alarms.BIAS, biased))
    yield in_code("the monitor uses another namespace", watch, published(alarms.QUALITY, elsewhere))
    yield Fault(
        "the monitor drops a dimension", watch, lambda s: s.with_wires(**published(alarms.DRIFT, _loose(fewer))(s))
    )
    yield in_template("the alarm drops a dimension", watch, ALARM, without("Dimensions", 1), AlarmName=DRIFT)
    yield in_template(
        "the alarm watches another endpoint", watch, ALARM, setting("Dimensions", 0, "Value", to="x"), AlarmName=DRIFT
    )
    yield in_template("the alarm has another period", watch, ALARM, setting("Period", to=60), AlarmName=DRIFT)
    below = "LessThanThreshold"
    yield in_template(
        "the comparison is swapped", limit, ALARM, setting("ComparisonOperator", to=below), AlarmName=DRIFT
    )
    above = "GreaterThanThreshold"
    yield in_template(
        "the limit itself is let pass", limit, ALARM, setting("ComparisonOperator", to=above), AlarmName=DRIFT
    )
    yield in_template("the threshold is a percentage", limit, ALARM, setting("Threshold", to=100), AlarmName=DRIFT)
    yield in_template("drift is averaged away", limit, ALARM, setting("Statistic", to="Average"), AlarmName=DRIFT)
    yield in_template(
        "silence counts as health", limit, ALARM, setting("TreatMissingData", to="notBreaching"), AlarmName=DRIFT
    )
    silence = check_alarms.silence_is_trouble
    yield in_template("silence is ignored", silence, ALARM, setting("TreatMissingData", to="ignore"), AlarmName=SILENT)
    yield in_template(
        "a window without rows is silence", silence, ALARM, setting("Statistic", to="Maximum"), AlarmName=SILENT
    )
    enough = check_alarms.one_bad_window_is_not_enough
    yield in_template("one window is enough", enough, ALARM, setting("DatapointsToAlarm", to=1), AlarmName=DRIFT)
    near, named = check_alarms.what_comes_near_is_told_to_people_alone, "demo-dev-progression-driftwarning"
    latency = {"AlarmName": "demo-dev-progression-latency"}
    yield in_template("a warning that nobody asked for", near, ALARM, setting("AlarmName", to=named), **latency)
    waking = setting("EventPattern", "resources", 0, to=f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{named}")
    raised = "An alarm of progression was raised"
    yield in_template("a warning wakes remediation", near, RULE, waking, Description=raised)
    heard = check_alarms.every_alarm_is_heard
    yield in_template(
        "the rule forgets an alarm",
        heard,
        RULE,
        without("EventPattern", "resources", 1),
        Description="An alarm of progression was raised",
    )
    rollback = {"AlarmName": "demo-dev-progression-errors"}
    yield in_template("an alarm tells nobody", heard, ALARM, without("AlarmActions"), **rollback)
    back = check_alarms.a_bad_release_is_rolled_back
    yield in_template("the rollback alarm has another name", back, ALARM, setting("AlarmName", to="errors"), **rollback)
    yield in_template(
        "the rollback alarm watches another variant", back, ALARM, text("Dimensions", "AllTraffic", "main"), **rollback
    )
    failing = check_alarms.a_handler_that_fails_is_noticed
    letters = {"AlarmName": "demo-dev-remediate.dead-letters"}
    yield in_template("dead letters pile up unseen", failing, ALARM, setting("MetricName", to="x"), **letters)
    errors = {"AlarmName": "demo-dev-remediate.errors"}
    yield in_template("errors are not seen", failing, ALARM, text("Dimensions", "demo-dev-", "demo-"), **errors)
    publish, topic = check_alarms.cloudwatch_may_publish, "AWS::SNS::Topic"
    yield in_template("the topic has AWS's own key", publish, topic, setting("KmsMasterKeyId", to="alias/aws/sns"))
    no_use = text("KeyPolicy", "cloudwatch.amazonaws.com", "lambda.amazonaws.com")
    yield in_template("the key shuts CloudWatch out", publish, "AWS::KMS::Key", no_use)
    boards = check_alarms.dashboards_show_metrics_that_exist
    stale = text("DashboardBody", "quality_drop", "quality_loss")
    yield in_template(
        "the dashboard shows a stale name",
        boards,
        "AWS::CloudWatch::Dashboard",
        stale,
        DashboardName="demo-dev-progression",
    )


def _loose(metric: metrics.Metric) -> Any:
    """A publisher that does not check its dimensions."""

    class Loose(metrics.Metric):
        def datum(self, value: float, at: Any, dimensions: Any) -> dict[str, Any]:
            return super().datum(value, at, {name: dimensions[name] for name in self.dimensions})

    return Loose(metric.namespace, metric.name, metric.dimensions)


def published(trouble: alarms.Trouble, metric: metrics.Metric) -> Callable[[System], dict[str, Any]]:
    return lambda system: {"published": {**system.wires.published, trouble: metric}}
