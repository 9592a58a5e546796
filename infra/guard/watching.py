"""Tables, alarms, logs, state machines and the budget: what is kept, and what tells people."""

from __future__ import annotations

from collections.abc import Iterator

from core.contracts.alarms import SILENCE, TROUBLES, of_batch
from infra.guard.control import Control, Subject, always, of
from infra.guard.jobs import NO_MODEL, has_models
from infra.guard.messages import dead_letters
from infra.guard.stage import Resource, Stage, listed

TABLE, ALARM, LOG = "AWS::DynamoDB::Table", "AWS::CloudWatch::Alarm", "AWS::Logs::LogGroup"
BUDGET, MACHINE = "AWS::Budgets::Budget", "AWS::StepFunctions::StateMachine"
FEWEST_DATAPOINTS = 2
ALL_TROUBLES = (*TROUBLES, *map(of_batch, TROUBLES))


def _restorable(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
    return None if found is True else "cannot be restored to a point in time"


def _table_key(stage: Stage, subject: Subject) -> str | None:
    key = subject.properties.get("SSESpecification", {}).get("KMSMasterKeyId")
    return None if key in stage.keys else f"KMSMasterKeyId is {key}"


def _protected(stage: Stage, subject: Subject) -> str | None:
    return None if subject.properties.get("DeletionProtectionEnabled") is True else "no deletion protection"


def _heard(stage: Stage, subject: Subject) -> str | None:
    """By an action, or by a rule that hands exactly this alarm to a function."""
    if subject.properties.get("AlarmActions") and subject.properties.get("ActionsEnabled", True):
        return None
    for rule in stage.of("AWS::Events::Rule"):
        on = rule.properties.get("State", "ENABLED") == "ENABLED" and rule.properties.get("Targets")
        if on and subject.resource.arn in _alarms_of(rule):
            return None
    return "nobody hears it"


def _alarms_of(rule: Resource) -> list[str]:
    """ARNs of the alarms that a rule's pattern names."""
    found = listed((rule.properties.get("EventPattern") or {}).get("resources"))
    return [arn for arn in found if isinstance(arn, str)]


def _explicit(stage: Stage, subject: Subject) -> str | None:
    return None if subject.properties.get("TreatMissingData") else "no TreatMissingData"


def _of_models(stage: Stage) -> Iterator[Subject]:
    for alarm in stage.of(ALARM):
        if alarm.name.rpartition("-")[2] in ALL_TROUBLES:
            yield Subject(alarm, alarm.properties)


def _steady(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("DatapointsToAlarm", subject.properties.get("EvaluationPeriods", 1))
    return None if found >= FEWEST_DATAPOINTS else f"{found} datapoint raises it"


def _kept_in_time(stage: Stage, subject: Subject) -> str | None:
    if not subject.properties.get("RetentionInDays"):
        return "keeps its events for ever"
    key = subject.properties.get("KmsKeyId")
    return None if key in stage.keys else f"KmsKeyId is {key}"


def _must_be_watched(stage: Stage) -> Iterator[Subject]:
    """What needs an alarm: metric, name of the dimension, its value."""
    kept = dead_letters(stage)
    for queue in stage.of("AWS::SQS::Queue"):
        if queue.arn in kept:
            yield Subject(queue, ("ApproximateNumberOfMessagesVisible", "QueueName", queue.name), "dead letters")
    for function in stage.of("AWS::Lambda::Function"):
        for metric in ("Errors", "Throttles"):
            yield Subject(function, (metric, "FunctionName", function.name), metric.lower())
    for group in stage.of("AWS::SageMaker::ModelPackageGroup"):
        yield Subject(group, (None, None, f"{group.name}-{SILENCE}"), "a monitor that failed or says nothing")


def _has_alarm(stage: Stage, subject: Subject) -> str | None:
    metric, dimension, value = subject.value
    for alarm in stage.of(ALARM):
        if metric is None and alarm.name == value:
            return None if alarm.properties.get("TreatMissingData") == "breaching" else f"{value} ignores silence"
        dimensions = {each["Name"]: each["Value"] for each in listed(alarm.properties.get("Dimensions"))}
        if alarm.properties.get("MetricName") == metric and dimensions.get(dimension) == value:
            return None
    return f"no alarm on {metric or 'silence'} of {value}"


def _machine_logs(stage: Stage, subject: Subject) -> str | None:
    level = subject.properties.get("LoggingConfiguration", {}).get("Level")
    tracing = subject.properties.get("TracingConfiguration", {}).get("Enabled")
    return None if level == "ALL" and tracing is True else f"logs {level}, tracing {tracing}"


def _told(stage: Stage, subject: Subject) -> str | None:
    told = listed(subject.properties.get("NotificationsWithSubscribers"))
    return None if any(each.get("Subscribers") for each in told) else "nobody is told"


WATCHING = (
    Control(
        "DB-01", "Tables can be restored", "PointInTimeRecoveryEnabled: true", of(TABLE), _restorable, needed=always
    ),
    Control(
        "DB-02", "Tables are encrypted with the team's key", "KMSMasterKeyId", of(TABLE), _table_key, needed=always
    ),
    Control(
        "DB-03",
        "Tables are not deleted by accident",
        "DeletionProtectionEnabled: true",
        of(TABLE),
        _protected,
        needed=always,
    ),
    Control(
        "CW-01",
        "Every alarm is heard",
        "AlarmActions, or an enabled rule that hands exactly this alarm to a function",
        of(ALARM),
        _heard,
        needed=always,
    ),
    Control("CW-02", "An alarm says what missing data means", "TreatMissingData", of(ALARM), _explicit, needed=always),
    Control(
        "CW-03",
        "One odd window is no drift",
        f"DatapointsToAlarm of {FEWEST_DATAPOINTS} or more",
        _of_models,
        _steady,
        needed=has_models,
        absent=NO_MODEL,
    ),
    Control(
        "CW-04",
        "Logs are encrypted and end",
        "RetentionInDays, KmsKeyId of this environment",
        of(LOG),
        _kept_in_time,
        needed=always,
    ),
    Control(
        "CW-05",
        "What makes the platform silent is not silent itself",
        "an alarm on all dead letters, on errors and throttles of all functions, on a monitor that says nothing",
        _must_be_watched,
        _has_alarm,
        needed=always,
    ),
    Control(
        "SFN-01",
        "State machines are logged and traced",
        "level ALL, tracing on",
        of(MACHINE),
        _machine_logs,
        absent="The platform has none: queues and schedules carry it.",
    ),
    Control("COST-01", "A budget tells people", "NotificationsWithSubscribers", of(BUDGET), _told, needed=always),
)
