"""One evaluation of a metric alarm: the periods it looks at, their values, and what state follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.cloudwatch import missing_data
from local.cloudwatch.definition import COMPARISONS, Definition
from local.cloudwatch.metric_math import Workspace, result
from local.cloudwatch.metrics import Grid, MetricStat, Series
from local.cloudwatch.missing_data import EXTRA_PERIODS, State

WEEK = 7 * 24 * 3600
MONDAY = 4 * 24 * 3600
"""The epoch began on a Thursday: Monday is four days later."""

Read = Callable[[MetricStat, Grid], Series]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`state` is None where the alarm keeps its state; `reason_data` is AWS's StateReasonData."""

    state: State | None
    reason: str
    reason_data: dict[str, Any]


def evaluate(definition: Definition, now: float, read: Read) -> Evaluation:
    """Evaluate at `now` (seconds since the epoch); raises MathError where an expression fails on its data."""
    grid = periods(definition, now)
    series = {name: read(stat, grid) for name, stat in definition.metrics.items()}
    values = result(Workspace(grid, series, definition.expressions), definition.watched)
    breaches = COMPARISONS[definition.comparison]
    points = [breaches(values[at], definition.threshold) if at in values else None for at in grid.starts]
    needed, to_alarm = definition.evaluation_periods, definition.datapoints_to_alarm
    state = missing_data.state(points, needed, to_alarm, definition.treat)
    recent = [(at, values[at]) for at in grid.starts if at in values][-needed:]
    return Evaluation(state, _reason(definition, state, recent), _reason_data(definition, now, grid, recent))


def periods(definition: Definition, now: float) -> Grid:
    """The evaluation range.

    A sliding window (the default) ends with the last whole minute, or the last whole period where that is shorter. A
    wall clock window holds the last complete periods by the clock and has no periods to spare.
    """
    period, count = definition.period, definition.evaluation_periods
    if definition.wall_clock:
        origin = MONDAY if period == WEEK else 0
        end = int((now - origin) // period) * period + origin
    else:
        step = min(period, 60)
        end = int(now // step) * step
        count += EXTRA_PERIODS
    return Grid(end - period * count, period, count)


def _reason(definition: Definition, state: State | None, recent: list[tuple[int, float]]) -> str:
    needed = definition.evaluation_periods
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_count(needed - len(recent), 'datapoint was', 'datapoints were')} unknown."
    if not recent:
        filled = _count(needed, "missing datapoint was", "missing datapoints were")
        text = f"no datapoints were received for {_count(needed, 'period', 'periods')} and {filled}"
        return f"Threshold Crossed: {text} treated as [{definition.treat[0].upper()}{definition.treat[1:]}]."
    breaches = COMPARISONS[definition.comparison]
    firing = state == "ALARM"
    named = [(at, value) for at, value in recent if breaches(value, definition.threshold) == firing] or recent
    listed = ", ".join(f"{value} ({datetime.fromtimestamp(at, UTC):%d/%m/%y %H:%M:%S})" for at, value in named)
    how_many = f"{len(named)} out of the last {needed} datapoints" if needed > 1 else "1 datapoint"
    verb = f"{'was' if len(named) == 1 else 'were'}{'' if firing else ' not'}"
    return f"Threshold Crossed: {how_many} [{listed}] {verb} {_WORDS[definition.comparison]} ({definition.threshold})."


def _reason_data(definition: Definition, now: float, grid: Grid, recent: list[tuple[int, float]]) -> dict[str, Any]:
    data: dict[str, Any] = {"version": "1.0", "queryDate": stamp(now)}
    if recent:
        data["startDate"] = stamp(recent[0][0])
    if definition.watched in definition.metrics:
        data["statistic"] = definition.metrics[definition.watched].statistic
    newest_first = [{"timestamp": stamp(at), "value": value} for at, value in reversed(recent)]
    return data | {
        "period": grid.period,
        "recentDatapoints": [value for _, value in recent],
        "threshold": definition.threshold,
        "evaluatedDatapoints": newest_first,
    }


def stamp(at: float) -> str:
    """As CloudWatch writes times in events and reasons.

    >>> stamp(1795169731.067)
    '2026-11-20T10:15:31.067+0000'
    """
    time = datetime.fromtimestamp(round(at, 3), UTC)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}+0000"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to the threshold",
    "GreaterThanThreshold": "greater than the threshold",
    "LessThanOrEqualToThreshold": "less than or equal to the threshold",
    "LessThanThreshold": "less than the threshold",
}
