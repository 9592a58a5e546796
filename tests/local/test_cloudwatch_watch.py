"""How often alarms are evaluated when simulated minutes pass faster than the watch looks."""

from __future__ import annotations

import uuid
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from local.cloudwatch.watch import CATCH_UP, moments


@given(st.sampled_from([10, 60, 300, 3600]), st.lists(st.floats(0.1, 1200), min_size=1, max_size=20))
def test_no_period_between_two_looks_is_left_out(period: int, pauses: list[float]) -> None:
    arn, now, looked = str(uuid.uuid4()), 1_800_000_000.0, []
    for pause in [0.0, *pauses]:
        now += pause
        found = moments(arn, period, now)
        assert found[-1] == now
        looked += found
    assert all(0 <= late - early <= max(period, 60) + 1e-6 for early, late in pairwise(looked))


def test_a_long_pause_is_not_made_up_for_without_end() -> None:
    arn = str(uuid.uuid4())
    moments(arn, 60, 0.0)
    assert len(moments(arn, 60, 1e6)) == CATCH_UP + 1
