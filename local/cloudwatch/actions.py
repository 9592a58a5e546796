"""What an alarm does when it enters a state: each action is an ARN, and the service that it belongs to runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import cloudwatch, sns

from local.cloudwatch import notices
from local.cloudwatch.notices import Alarm
from local.delivery import Undelivered
from local.invocation import invoke_as_service

ALARMS, ALARMS_TO_LAMBDA = "cloudwatch.amazonaws.com", "lambda.alarms.cloudwatch.amazonaws.com"
MEMBERS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

Run = Callable[[str, Alarm, dict[str, Any]], None]
"""Called with the action's ARN, the alarm's record and the detail of its state change event; may raise Undelivered."""


@dataclass(frozen=True, slots=True)
class _Runner:
    prefix: str
    run: Run
    every_period: bool


_runners: list[_Runner] = []


def register(prefix: str, run: Run, *, every_period: bool = False) -> None:
    """Run actions whose ARN begins with `prefix`; `every_period` repeats them while the alarm stays in its state.

    Auto Scaling policies are repeated so, everything else runs once for a change of state.
    """
    _runners.append(_Runner(prefix, run, every_period))


def run(alarm: Alarm, detail: dict[str, Any]) -> None:
    """Run the actions of the state that the alarm has entered, each on its own thread.

    An action may well ask CloudWatch something, and whoever announces a state holds the lock on alarms.
    """
    for arn in _of_state(alarm):
        spawn_background(_run, arn, _runner(arn), dict(alarm), detail, thread_name="alarm-action")


def repeat(alarm: Alarm, detail: dict[str, Any]) -> None:
    """Run again what is repeated as long as the alarm stays in its state."""
    for arn in _of_state(alarm):
        if (runner := _runner(arn)) is not None and runner.every_period:
            spawn_background(_run, arn, runner, dict(alarm), detail, thread_name="alarm-action")


def repeats(alarm: Alarm) -> bool:
    return any(runner.every_period for arn in _of_state(alarm) if (runner := _runner(arn)) is not None)


def publish(topic: str, alarm: Alarm, detail: dict[str, Any]) -> None:
    """An SNS topic, which must let CloudWatch publish."""
    if not sns.topic_policy_allows(topic, ALARMS, alarm["AlarmArn"], get_account_id()):
        raise Undelivered("NO_PERMISSIONS", f"The policy of {topic} does not let {ALARMS} publish", again=False)
    message = notices.sns_message(alarm, detail, get_account_id(), get_region())
    subject = f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {get_region()}'
    sns._fanout(topic, new_uuid(), json.dumps(message), subject[:100])


def invoke(function: str, alarm: Alarm, detail: dict[str, Any]) -> None:
    """A Lambda function, asynchronously; it must let CloudWatch's alarms invoke it."""
    event = notices.lambda_event(alarm, detail, get_account_id(), get_region())
    invoke_as_service(function, event, ALARMS_TO_LAMBDA, alarm["AlarmArn"])


def _of_state(alarm: Alarm) -> list[str]:
    return list(alarm.get(MEMBERS[alarm["StateValue"]]) or []) if alarm.get("ActionsEnabled", True) else []


def _runner(arn: str) -> _Runner | None:
    return next((runner for runner in _runners if arn.startswith(runner.prefix)), None)


def _run(arn: str, runner: _Runner | None, alarm: Alarm, detail: dict[str, Any]) -> None:
    try:
        if runner is None:
            raise Undelivered("NOT_MODELLED", "the embedded AWS does not model it", again=False)
        runner.run(arn, alarm, detail)
        _record(alarm, f"Successfully executed action {arn}")
    except Undelivered as failure:
        _record(alarm, f"Failed to execute action {arn}. {failure.message}")


def _record(alarm: Alarm, summary: str) -> None:
    """An item of the alarm's history."""
    item = {
        "AlarmName": alarm["AlarmName"],
        "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
        "Timestamp": cloudwatch._ts_iso(cloudwatch.time.time()),
        "HistoryItemType": "Action",
        "HistorySummary": summary,
        "HistoryData": "{}",
    }
    cloudwatch._history_entries().append(item)
