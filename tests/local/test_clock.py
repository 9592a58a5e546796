"""The simulated clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.error import HTTPError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import clock
from local.clock import Clock
from local.start import EmbeddedAws
from tests.local.conftest import HOUR_SECONDS

REAL_YEAR = 365 * 86400.0


@given(
    speed=st.floats(1, 36000), start=st.floats(0, 1e6), later=st.floats(0, REAL_YEAR), origin=st.floats(1.7e9, 2.2e9)
)
def test_simulated_time_passes_as_many_times_faster(speed: float, start: float, later: float, origin: float) -> None:
    simulated = Clock(speed, start, origin)
    assert simulated.epoch(start) == origin
    assert simulated.epoch(start + later) - origin == pytest.approx(later * speed, rel=1e-6, abs=1e-3)


def test_a_clock_at_real_speed_is_the_real_clock() -> None:
    clock.start(3600)
    assert clock.epoch() == pytest.approx(time.time(), abs=1)
    assert clock.now().tzinfo is UTC


def test_sleeping_takes_the_scaled_time() -> None:
    clock.start(3.6)
    begun, real = clock.epoch(), time.monotonic()
    clock.sleep(100)
    assert clock.epoch() - begun >= 100
    assert 0.1 <= time.monotonic() - real < 1
    assert clock.real_seconds(3600) == pytest.approx(3.6)


def test_another_pace_goes_on_from_where_the_clock_is() -> None:
    clock.start(3600)
    before = clock.epoch()
    clock.pace(36)
    assert clock.epoch() == pytest.approx(before, abs=10)
    assert clock.speed() == 100


@pytest.mark.slow
def test_a_running_clock_can_be_slowed_down_and_refuses_nonsense(aws: EmbeddedAws) -> None:
    before = aws.hour_seconds
    aws.pace(10 * before)
    first, here = aws.now(), time.monotonic()
    time.sleep(0.5)
    assert (aws.now() - first).total_seconds() == pytest.approx((time.monotonic() - here) * 360 / before, rel=0.3)
    aws.pace(before)
    for nonsense in (0, -1, "fast", True, 1e9):
        with pytest.raises(HTTPError):
            aws.post("clock", {"hour_seconds": nonsense})


def test_no_time_is_left_to_sleep_after_a_moment_has_passed() -> None:
    clock.sleep(-5)


@pytest.mark.slow
def test_every_answer_is_dated_in_simulated_time(aws: EmbeddedAws) -> None:
    def date() -> datetime:
        answer = aws.client("dynamodb").list_tables()
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    first, before = date(), time.monotonic()
    time.sleep(0.5)
    simulated, real = (date() - first).total_seconds(), time.monotonic() - before
    assert simulated == pytest.approx(real * 3600 / HOUR_SECONDS, rel=0.2)
    assert abs((aws.now() - date()).total_seconds()) < 600


@pytest.mark.slow
def test_services_outside_simulated_time_keep_the_machine_s_date(aws: EmbeddedAws) -> None:
    """The CDK's SDK takes an error that is dated minutes away for its own clock's fault, and tries again for long."""
    aws.client("dynamodb").list_tables()  # by now the clocks are apart
    time.sleep(1)
    answer = aws.client("sts").get_caller_identity()
    date = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert abs(date.timestamp() - time.time()) < 5
    assert aws.now().timestamp() - time.time() > 60
