"""The examples of the user guide's "Suppressing composite alarm actions": wait 2 time units, extension 3."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from local.cloudwatch.suppression import Suppression


@dataclass
class Timeline:
    """Steps through whole time units; `acted` holds when the actions ran."""

    suppressor_from: int | None = None
    suppressor_until: int = 100
    suppression: Suppression = field(default_factory=lambda: Suppression("window", wait_s=2, extension_s=3))
    acted: list[int] = field(default_factory=list)

    def run(self, changes: set[int], until: int = 12) -> Timeline:
        for now in range(until):
            alarms = self.suppressor_from is not None and self.suppressor_from <= now < self.suppressor_until
            before = self.suppression
            self.suppression = before.passed(alarms, now)
            if before.by is not None and self.suppression.by is None:
                self.acted.append(now)
            if now in changes:
                self.suppression = self.suppression.changed(alarms, now)
        return self


def test_actions_run_when_the_wait_ends_and_the_suppressor_is_silent() -> None:
    assert Timeline().run(changes={2}).acted == [4]


def test_a_suppressor_that_alarms_within_the_wait_stops_the_actions() -> None:
    timeline = Timeline(suppressor_from=3).run(changes={2})
    assert (timeline.acted, timeline.suppression.by) == ([], "Alarm")


def test_a_change_within_the_wait_begins_a_new_wait() -> None:
    assert Timeline().run(changes={2, 3}).acted == [5]


def test_a_suppressor_that_already_alarms_stops_the_actions_at_once() -> None:
    timeline = Timeline(suppressor_from=0).run(changes={2})
    assert (timeline.acted, timeline.suppression.by) == ([], "Alarm")


def test_actions_run_after_the_extension() -> None:
    assert Timeline(suppressor_from=3, suppressor_until=6).run(changes={2}).acted == [9]


def test_a_change_within_the_extension_begins_a_wait() -> None:
    assert Timeline(suppressor_from=3, suppressor_until=6).run(changes={2, 7}).acted == [9]


@pytest.mark.parametrize("again", [7, 8])
def test_a_suppressor_that_alarms_again_within_the_extension_stops_the_actions(again: int) -> None:
    timeline = Timeline(suppressor_from=3, suppressor_until=6).run(changes={2}, until=again)
    assert timeline.suppression.passed(True, again).by == "Alarm"


def test_without_a_change_of_state_nothing_waits() -> None:
    assert Timeline(suppressor_from=3, suppressor_until=6).run(changes=set()).acted == []
