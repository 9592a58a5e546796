"""All orders of events, on the deployed steps: no invariant breaks, and from everywhere sweeps reach an end."""

from __future__ import annotations

import os

import pytest

from tests.explorer.explore import explore
from tests.explorer.setting import Setting
from tests.explorer.settings import LARGE, MEDIUM, SMALL, TWICE

EXPLORED = (*SMALL, *(pytest.param(setting, marks=pytest.mark.slow(takes_s=100)) for setting in MEDIUM))
if os.environ.get("EXPLORE") == "large":
    EXPLORED += tuple(pytest.param(setting, marks=pytest.mark.slow) for setting in LARGE)


@pytest.mark.fault("F1", "F7", "F8", "F16", "F17", "F19", "F20", "F23", "F37", "F38", "F39")
@pytest.mark.parametrize("setting", EXPLORED, ids=lambda setting: setting.name)
def test_every_order_of_events_keeps_the_invariants(setting: Setting) -> None:
    explored = explore(setting, most=1_000_000)
    print(explored)
    assert explored.violation is None, f"{explored}\n{explored.violation}"
    assert explored.whole or setting in LARGE, "what is explored in every run is explored to its end"
    assert set(setting.reaches) <= explored.outcomes, "the stories end before what the setting is about"


def test_an_exploration_is_the_same_every_time() -> None:
    first, second = (explore(SMALL[0]) for _ in range(2))
    assert (first.states, first.transitions, first.scenes) == (second.states, second.transitions, second.scenes)
    assert SMALL[0].alarms == (TWICE,)
