"""Changes of an alarm's state: recorded, announced to EventBridge, acted on, and passed on to composite alarms."""

from __future__ import annotations

import json
import threading
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudwatch

from local import events
from local.clock import epoch
from local.cloudwatch import actions
from local.cloudwatch.evaluation import Evaluation, stamp
from local.cloudwatch.notices import DETAIL_TYPE, Alarm, detail
from local.cloudwatch.suppression import Suppression

lock = threading.RLock()
"""Held by whatever reads and then changes alarms: the watch and the API's handlers run on two threads."""

_announced = AccountRegionScopedDict()  # alarm name -> details of its last state change event
_acted = AccountRegionScopedDict()  # alarm name -> when its repeated actions ran last
_suppressions = AccountRegionScopedDict()  # composite alarm name -> Suppression


def apply(alarm: Alarm, evaluation: Evaluation, period: int) -> None:
    """Bring a metric alarm into the state that its evaluation found, or repeat the actions of the one it keeps."""
    old, new = alarm["StateValue"], evaluation.state
    if new is None or new == old:
        _repeat(alarm, period)
        return
    reason_data = json.dumps(evaluation.reason_data)
    alarm |= {"StateValue": new, "StateReason": evaluation.reason, "StateReasonData": reason_data}
    cloudwatch._record_history(alarm["AlarmName"], old, new, evaluation.reason, reason_data=evaluation.reason_data)
    announce(alarm, old, new, evaluation.reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def announce(alarm: Alarm, old: str, new: str, reason: str) -> None:
    """Tell of a state that `alarm` has just entered; ministack calls this for SetAlarmState and composite alarms."""
    now = round(epoch(), 3)
    alarm |= {"StateUpdatedTimestamp": now, "StateTransitionedTimestamp": now}
    suppression: Suppression | None = _suppressions.get(alarm["AlarmName"])
    if suppression is not None:
        _suppress(alarm, suppression.changed(_alarms(suppression.suppressor), now))
    told = _emit(alarm, old)
    if suppression is None:
        _act(alarm, told, now)


def tend(alarm: Alarm) -> None:
    """Let time pass for a composite alarm whose actions may wait for its suppressor."""
    before: Suppression | None = _suppressions.get(alarm["AlarmName"])
    if before is None:
        return
    now = epoch()
    after = before.passed(_alarms(before.suppressor), now)
    if after == before:
        return
    _suppress(alarm, after)
    told = _emit(alarm, alarm["StateValue"])
    if after.by is None:
        _act(alarm, told, now)


def suppress_with(name: str, suppression: Suppression | None) -> None:
    """Set or remove the suppressor of a composite alarm; a running wait is discarded."""
    if suppression is None:
        _suppressions.pop(name, None)
    else:
        _suppressions[name] = suppression


def forget(name: str) -> None:
    """An alarm of this name is deleted: a later one begins anew."""
    for store in (_announced, _acted, _suppressions):
        store.pop(name, None)


def reset() -> None:
    for store in (_announced, _acted, _suppressions):
        store.clear()


def _emit(alarm: Alarm, old: str) -> dict[str, Any]:
    last = _announced.get(alarm["AlarmName"])
    previous = last["state"] if last else _initial(alarm, old)
    told = detail(alarm, previous)
    _announced[alarm["AlarmName"]] = told
    events.emit("aws.cloudwatch", DETAIL_TYPE, told, [alarm["AlarmArn"]])
    return told


def _initial(alarm: Alarm, old: str) -> dict[str, str]:
    created = stamp(alarm["AlarmConfigurationUpdatedTimestamp"])
    return {"value": old, "reason": "Unchecked: Initial alarm creation", "timestamp": created}


def _act(alarm: Alarm, told: dict[str, Any], now: float) -> None:
    _acted[alarm["AlarmName"]] = now
    actions.run(alarm, told)


def _repeat(alarm: Alarm, period: int) -> None:
    name, now = alarm["AlarmName"], epoch()
    if actions.repeats(alarm) and name in _announced and now - _acted.get(name, 0.0) >= max(period, 60):
        _acted[name] = now
        actions.repeat(alarm, _announced[name])


def _suppress(alarm: Alarm, suppression: Suppression) -> None:
    _suppressions[alarm["AlarmName"]] = suppression
    by = suppression.by
    alarm["ActionsSuppressedBy"] = by
    alarm["ActionsSuppressedReason"] = None if by is None else f"Actions suppressed by {by}"


def _alarms(name: str) -> bool:
    alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
    return alarm is not None and alarm["StateValue"] == "ALARM"
