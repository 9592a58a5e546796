"""The alarms that guard a deployment, read as the model's execution role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local.storage import STORAGE_FAULTS


def tripped(cloudwatch: Any, names: Sequence[str]) -> str | None:
    """Why the deployment must roll back; None while none of the alarms is in ALARM.

    An alarm that cannot be read guards nothing, so that is a reason as well.
    """
    if not names:
        return None
    try:
        answer = cloudwatch.describe_alarms(AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    except STORAGE_FAULTS as fault:
        return f"The auto-rollback alarms could not be described: {fault}"
    states = {a["AlarmName"]: a["StateValue"] for a in (*answer["MetricAlarms"], *answer["CompositeAlarms"])}
    missing = [name for name in names if name not in states]
    if missing:
        return f"Auto-rollback alarm(s) {', '.join(missing)} do not exist."
    on = [name for name in names if states[name] == "ALARM"]
    return f"Auto-rollback alarm(s) {', '.join(on)} went into ALARM; the deployment was rolled back." if on else None
