"""Which state follows from the data points of an alarm when some of them are missing.

Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing
data", with its section on premature transitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Treatment = Literal["missing", "ignore", "breaching", "notBreaching"]

EXTRA_PERIODS = 2
"""Periods looked at beyond the ones evaluated; the guide's examples retrieve 5 for an alarm of 3."""


def state(points: Sequence[bool | None], needed: int, to_alarm: int, treat: Treatment) -> State | None:
    """State after an evaluation; None keeps the one the alarm has.

    `points` is the evaluation range, oldest first: breaching (True), within the
    threshold (False) or missing (None). `needed` is EvaluationPeriods (N),
    `to_alarm` DatapointsToAlarm (M). Real data points are used before any
    missing one, the newest first.

    >>> state([None, None, True, None, None], needed=3, to_alarm=3, treat="missing")
    'ALARM'
    >>> state([None] * 5, needed=3, to_alarm=3, treat="missing")
    'INSUFFICIENT_DATA'
    """
    real = [point for point in points if point is not None][-needed:]
    absent = needed - len(real)
    if treat == "breaching":
        return _threshold(sum(real) + absent, to_alarm)
    if treat == "notBreaching" or absent == 0 or sum(real) >= to_alarm:
        return _threshold(sum(real), to_alarm)
    if False in real:
        return "OK"
    if treat == "ignore":
        return None
    return "ALARM" if _old_enough(points, to_alarm) else "INSUFFICIENT_DATA"


def _threshold(breaching: int, to_alarm: int) -> State:
    return "ALARM" if breaching >= to_alarm else "OK"


def _old_enough(points: Sequence[bool | None], to_alarm: int) -> bool:
    """Whether the oldest of nothing but breaching points has waited for `to_alarm` periods.

    A younger one does not raise the alarm yet: the next data point may well be good.
    """
    ages = [age for age, point in enumerate(reversed(points), start=1) if point]
    return bool(ages) and max(ages) >= to_alarm
