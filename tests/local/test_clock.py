"""The simulated clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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
    before = time.time()
    simulated = clock.epoch()
    assert before - 0.1 <= simulated <= time.time() + 0.1
    assert clock.now().tzinfo is UTC


def test_sleeping_takes_the_scaled_time() -> None:
    clock.start(3.6)
    begun, real = clock.epoch(), time.monotonic()
    clock.sleep(100)
    assert clock.epoch() - begun >= 100
    assert time.monotonic() - real >= 0.1 - 0.001
    assert clock.real_seconds(3600) == pytest.approx(3.6)


def test_who_sleeps_when_the_pace_changes_sleeps_on_at_the_new_one() -> None:
    clock.start(3600)
    sleeper = threading.Thread(target=clock.sleep, args=(3600.0,), daemon=True)
    begun = clock.epoch()
    sleeper.start()
    clock.pace(0.1)
    sleeper.join(300)
    assert not sleeper.is_alive()
    assert clock.epoch() - begun >= 3600


def test_another_pace_goes_on_from_where_the_clock_is() -> None:
    clock.start(3600)
    before, real = clock.epoch(), time.monotonic()
    clock.pace(36)
    assert before <= clock.epoch() <= before + 100 * (time.monotonic() - real)
    assert clock.speed() == 100


@pytest.mark.slow
def test_a_running_clock_can_be_slowed_down_and_refuses_nonsense(aws: EmbeddedAws) -> None:
    before = aws.hour_seconds
    aws.pace(10 * before)
    try:
        passes_at(360 / before, lambda: aws.now().timestamp())
    finally:
        aws.pace(before)
    for nonsense in (0, -1, "fast", True, 1e9):
        with pytest.raises(HTTPError):
            aws.post("clock", {"hour_seconds": nonsense})


def passes_at(speed: float, clock: Callable[[], float], exact_s: float = 0.0) -> None:
    """A clock, read twice, runs at the speed. However long a reading takes, its value is of some moment between."""
    asked, first, told = time.monotonic(), clock(), time.monotonic()
    time.sleep(0.5)
    asked_again, second, told_again = time.monotonic(), clock(), time.monotonic()
    shortest, longest = asked_again - told, told_again - asked
    assert shortest * speed - exact_s <= second - first <= longest * speed + exact_s


def test_no_time_is_left_to_sleep_after_a_moment_has_passed() -> None:
    clock.sleep(-5)


@pytest.mark.slow
def test_every_answer_is_dated_in_simulated_time(aws: EmbeddedAws) -> None:
    def date() -> datetime:
        answer = aws.client("dynamodb").list_tables()
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    passes_at(3600 / HOUR_SECONDS, lambda: date().timestamp(), exact_s=1)
    before = aws.now().replace(microsecond=0)
    assert before <= date() <= aws.now()


@pytest.mark.slow
def test_objects_are_written_in_simulated_time(aws: EmbeddedAws, unique: Callable[[str], str]) -> None:
    s3, bucket = aws.client("s3"), unique("times")
    s3.create_bucket(Bucket=bucket)
    before = aws.now()
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    (listed,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert before - timedelta(milliseconds=1) <= listed["LastModified"] <= aws.now()
    assert s3.head_object(Bucket=bucket, Key="a")["LastModified"] == listed["LastModified"].replace(microsecond=0)


@pytest.mark.slow
def test_services_outside_simulated_time_keep_the_machine_s_date(aws: EmbeddedAws) -> None:
    """The CDK's SDK takes an error that is dated minutes away for its own clock's fault, and tries again for long."""
    aws.client("dynamodb").list_tables()  # by now the clocks are apart
    time.sleep(1)
    before = time.time()
    answer = aws.client("sts").get_caller_identity()
    date = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert before - 1 <= date.timestamp() <= time.time()
    assert aws.now().timestamp() - time.time() > 60
