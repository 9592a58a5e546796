"""The thread that evaluates alarms: on a timer, and at once when metrics arrived or an alarm was written."""

from __future__ import annotations

import logging
import threading
import time

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from local.clock import epoch
from local.cloudwatch import state
from local.cloudwatch.definition import Definition, Refused
from local.cloudwatch.evaluation import evaluate
from local.cloudwatch.expression import MathError
from local.cloudwatch.metrics import series
from local.cloudwatch.notices import Alarm

TICK_S = 0.25
PAUSE_S = 0.02
"""Real seconds between evaluations, at most and at least."""

CATCH_UP = 20
"""Evaluations in one go, at most. AWS looks every minute; where a minute lasts less than a tick, none may be left out,
or data of a short period would never be looked at."""

log = logging.getLogger(__name__)
_wake = threading.Event()
_ended = threading.Event()
_seen: dict[str, float] = {}
"""When each alarm, by its ARN, was evaluated last."""


def wake(*_: object) -> None:
    """Evaluate soon; takes and ignores what ministack passes to the functions that this replaces."""
    _wake.set()


def start() -> None:
    _ended.clear()
    threading.Thread(target=_run, daemon=True, name="alarm-watch").start()


def stop() -> None:
    _ended.set()
    _wake.set()


def evaluate_all() -> None:
    """Evaluate every alarm of every account and region once."""
    stores = (cloudwatch._alarms, cloudwatch._composite_alarms)
    living = {alarm["AlarmArn"] for alarm in cloudwatch._alarms.all_values()}
    for arn in _seen.keys() - living:
        del _seen[arn]
    for account, region in sorted({key[:2] for store in stores for key in store.to_dict()}):
        with request_scope(account, region), state.lock:
            for alarm in cloudwatch._alarms.values():
                _evaluate(alarm)
            for alarm in cloudwatch._composite_alarms.values():
                state.tend(alarm)


def _run() -> None:
    while not _ended.is_set():
        _wake.wait(TICK_S)
        _wake.clear()
        try:
            evaluate_all()
        except Exception:  # one failing target must not end the watch over all other alarms
            log.exception("the evaluation of alarms failed")
        time.sleep(PAUSE_S)


def _evaluate(alarm: Alarm) -> None:
    try:
        definition = Definition.of(alarm)
        for moment in moments(alarm["AlarmArn"], definition.period, epoch()):
            state.apply(alarm, evaluate(definition, moment, series), definition.period)
    except (MathError, Refused) as error:
        alarm |= {"EvaluationState": "EVALUATION_ERROR", "StateReason": str(error)}
    else:
        alarm.pop("EvaluationState", None)


def moments(arn: str, period: int, now: float) -> list[float]:
    """Now, after as many earlier moments as leave no period since the last evaluation unseen."""
    step = max(period, 60)
    missed = min(int((now - _seen.get(arn, now)) // step), CATCH_UP)
    _seen[arn] = now
    return [now - step * ago for ago in range(missed, -1, -1)]
