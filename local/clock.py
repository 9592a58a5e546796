"""The simulated clock: an hour of the embedded AWS lasts as many real seconds as its launcher was told.

Capture keys, schedules, alarms, events, jobs and the Date header of every
answer follow this clock. It starts at the real time of the launch and, at
speed 1 (an hour lasts 3600 s), equals the real clock.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """`speed` simulated seconds pass in one real second; both origins are the moment of the start."""

    speed: float
    real_origin: float  # monotonic seconds
    simulated_origin: float  # seconds since the epoch

    def epoch(self, monotonic: float) -> float:
        """Simulated seconds since the epoch at a moment of the monotonic clock."""
        return self.simulated_origin + (monotonic - self.real_origin) * self.speed


_clock = Clock(speed=1.0, real_origin=time.monotonic(), simulated_origin=time.time())
_paced = threading.Condition()
"""Notified when the pace changes: who sleeps then has another real time left."""


def start(hour_seconds: float) -> None:
    """Set the speed, once, at launch: a simulated hour lasts `hour_seconds` real seconds."""
    global _clock
    _clock = Clock(speed=3600 / hour_seconds, real_origin=time.monotonic(), simulated_origin=time.time())


def pace(hour_seconds: float) -> None:
    """Another speed from now on; the time goes on from where it is. For a machine that is slower than was thought."""
    global _clock
    with _paced:
        here = time.monotonic()
        _clock = Clock(speed=3600 / hour_seconds, real_origin=here, simulated_origin=_clock.epoch(here))
        _paced.notify_all()


def epoch() -> float:
    """Simulated seconds since 1970."""
    return _clock.epoch(time.monotonic())


def now() -> datetime:
    """Simulated time, aware, in UTC."""
    return datetime.fromtimestamp(epoch(), UTC)


def speed() -> float:
    """Simulated seconds in one real second."""
    return _clock.speed


def real_seconds(simulated: float) -> float:
    """Real seconds that `simulated` seconds last."""
    return simulated / _clock.speed


def sleep(simulated_seconds: float) -> None:
    """Block the thread for a simulated time, also where the pace changes meanwhile."""
    end = epoch() + simulated_seconds
    with _paced:
        while (left := end - epoch()) > 0:
            _paced.wait(real_seconds(left))
