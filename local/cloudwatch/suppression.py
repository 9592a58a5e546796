"""When the actions of a composite alarm wait for its suppressor alarm.

Source: CloudWatch user guide, "Suppressing composite alarm actions". Pure: the
caller says what the suppressor's state is and what time it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

By = Literal["WaitPeriod", "Alarm", "ExtensionPeriod"]


@dataclass(frozen=True, slots=True)
class Suppression:
    """`suppressor` is an alarm's name; `by` says what holds the actions back, None nothing, and `until` how long."""

    suppressor: str
    wait_s: float
    extension_s: float
    by: By | None = None
    until: float = 0.0

    def changed(self, suppressor_alarms: bool, now: float) -> Suppression:
        """The composite alarm changed its state: a wait begins, and one that was running is discarded."""
        if suppressor_alarms:
            return replace(self, by="Alarm")
        return replace(self, by="WaitPeriod", until=now + self.wait_s)

    def passed(self, suppressor_alarms: bool, now: float) -> Suppression:
        """Time has passed. Where `by` becomes None, the actions of the alarm's current state are due."""
        if self.by is None:
            return self
        if suppressor_alarms:
            return replace(self, by="Alarm")
        if self.by == "Alarm":
            return replace(self, by="ExtensionPeriod", until=now + self.extension_s)
        return self if now < self.until else replace(self, by=None)
