"""What an alarm does when it enters a state: each action is an ARN, and its service runs it.

SNS topics are ministack's own; other services register the ARNs that are theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudwatch

from local.cloudwatch.notices import Alarm

MEMBERS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

Run = Callable[[str, Alarm, dict[str, Any]], None]
"""Called with the action's ARN, the alarm's record and the detail of its state change event."""


@dataclass(frozen=True, slots=True)
class _Runner:
    prefix: str
    run: Run
    every_period: bool


_runners: list[_Runner] = []
_native_dispatch = cloudwatch._dispatch_alarm_actions


def register(prefix: str, run: Run, *, every_period: bool = False) -> None:
    """Run actions whose ARN begins with `prefix`; `every_period` repeats them while the alarm stays in its state.

    Auto Scaling policies are repeated so, everything else runs once for a change of state.
    """
    _runners.append(_Runner(prefix, run, every_period))


def run(alarm: Alarm, old: str, detail: dict[str, Any]) -> None:
    """Run the actions of the state that the alarm has entered."""
    _native_dispatch(alarm, old, alarm["StateValue"], alarm["StateReason"])
    for arn, runner in _due(alarm):
        _run(arn, runner, alarm, detail)


def repeat(alarm: Alarm, detail: dict[str, Any]) -> None:
    """Run again what is repeated as long as the alarm stays in its state."""
    for arn, runner in _due(alarm):
        if runner.every_period:
            _run(arn, runner, alarm, detail)


def repeats(alarm: Alarm) -> bool:
    return any(runner.every_period for _, runner in _due(alarm))


def _due(alarm: Alarm) -> list[tuple[str, _Runner]]:
    if not alarm.get("ActionsEnabled", True):
        return []
    arns = alarm.get(MEMBERS[alarm["StateValue"]]) or []
    return [(arn, runner) for arn in arns for runner in _runners if arn.startswith(runner.prefix)]


def _run(arn: str, runner: _Runner, alarm: Alarm, detail: dict[str, Any]) -> None:
    runner.run(arn, alarm, detail)
    cloudwatch._history_entries().append(
        {
            "AlarmName": alarm["AlarmName"],
            "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
            "Timestamp": cloudwatch._ts_iso(cloudwatch.time.time()),
            "HistoryItemType": "Action",
            "HistorySummary": f"Successfully executed action {arn}",
            "HistoryData": "{}",
        }
    )
