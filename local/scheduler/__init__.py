"""EventBridge Scheduler, and the scheduled rules of EventBridge, on the simulated clock.

ministack keeps the schedules and answers their API; when they fire, and what
they call, is decided here.
"""

from __future__ import annotations

from ministack.core.concurrency import spawn_background

from local import clock
from local.repeating import Repeating
from local.scheduler.ticker import Ticker

HOOKS = (
    "ministack.services.scheduler:_schedules _now start_scheduler",
    "ministack.services.eventbridge:_rules _targets _invoke_target start_scheduler _parse_cron_fields"
    " _cron_next_fire _parse_rate_seconds",
    "ministack.core.responses:request_scope",
    "ministack.core.concurrency:spawn_background",
)

TICK_S = 0.1
"""Real seconds between two looks at the clock."""

_running: list[Repeating] = []


def install() -> None:
    from ministack.services import eventbridge, scheduler

    scheduler._now = clock.epoch
    scheduler.start_scheduler = eventbridge.start_scheduler = lambda: None


def start() -> None:
    ticker = Ticker(lambda fire, at: spawn_background(fire, at, thread_name="schedule"))
    _running.append(Repeating("scheduler", ticker.tick, lambda: TICK_S))
    _running[0].start()


def stop() -> None:
    while _running:
        _running.pop().stop()
