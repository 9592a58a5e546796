"""The team's alarms in CloudWatch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from core.names import TeamNames
from lambdas.calls import Calls
from lambdas.failures import Unavailable
from lambdas.remediate.ports import Standing

PAGES_MAX = 10
"""Of a hundred alarms each."""


class CloudWatchAlarms:
    """`lambdas.remediate.ports.Alarms`."""

    def __init__(self, calls: Calls, client: Any, team: TeamNames) -> None:
        self._calls, self._client, self._team = calls, client, team

    def standing(self) -> tuple[Standing, ...]:
        request: dict[str, Any] = {
            "AlarmNamePrefix": f"{self._team.prefix}-",
            "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
            "StateValue": "ALARM",
            "MaxRecords": 100,
        }
        found: list[Standing] = []
        for _ in range(PAGES_MAX):
            answer = self._calls.ask(self._client.describe_alarms, **request)
            alarms = (*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ()))
            found += [_standing(alarm) for alarm in alarms if self._is_ours(alarm)]
            if not answer.get("NextToken"):
                return tuple(found)
            request["NextToken"] = answer["NextToken"]
        raise Unavailable(f"more than {PAGES_MAX * 100} alarms of {self._team.prefix} are in ALARM")

    def made(self, name: str) -> datetime | None:
        answer = self._calls.ask(
            self._client.describe_alarms, AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        alarms = (*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ()))
        return _made(alarms[0]) if alarms else None

    def _is_ours(self, alarm: dict[str, Any]) -> bool:
        """Trust the filter of the request, and check it."""
        name: str = alarm["AlarmName"]
        return alarm["StateValue"] == "ALARM" and name.startswith(f"{self._team.prefix}-")


def _standing(alarm: dict[str, Any]) -> Standing:
    since = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
    name, reason = alarm["AlarmName"], alarm.get("StateReason", "")
    return Standing(alarm["AlarmArn"], name, since.astimezone(UTC), reason, _made(alarm))


def _made(alarm: dict[str, Any]) -> datetime | None:
    """CloudWatch does not keep when an alarm was made, but when its configuration last changed."""
    changed: datetime | None = alarm.get("AlarmConfigurationUpdatedTimestamp")
    return changed.astimezone(UTC) if changed else None
