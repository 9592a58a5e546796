"""The functions of metric math. Each takes the grid of the evaluation, then the arguments of the expression."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from typing import Any

from local.cloudwatch.metrics import Grid, Series

Value = float | Series | list[Series]

KEYWORDS = {
    "FILL": frozenset({"REPEAT", "LINEAR"}),
    "SORT": frozenset({"AVG", "MIN", "MAX", "SUM", "ASC", "DESC"}),
}
"""Names, not values, that some functions take."""


class NoValue(Exception):
    """A number was asked of data that is not there, such as the average of an empty series."""


def _each(function: Callable[[Grid, Series], Series]) -> Callable[..., Value]:
    """A function of a series, made one of a series or a list of them."""

    def of(grid: Grid, value: Series | list[Series]) -> Value:
        return [function(grid, series) for series in value] if isinstance(value, list) else function(grid, value)

    return of


def _pointwise(function: Callable[[float], float]) -> Callable[..., Value]:
    """A function of each data point; one outside its domain is dropped."""

    def of(grid: Grid, series: Series) -> Series:
        values: Series = {}
        for period, value in series.items():
            try:
                values[period] = float(function(value))
            except ValueError:
                continue
        return values

    return _each(of)


def _aggregate(function: Callable[[Sequence[float]], float], missing_is_zero: bool = False) -> Callable[..., Value]:
    """Of a series a number; of a list of series the series of their aggregate in each period."""

    def of(grid: Grid, value: Series | list[Series]) -> Value:
        if isinstance(value, dict):
            if not value:
                raise NoValue
            return float(function(list(value.values())))
        periods = sorted({period for series in value for period in series})
        rows = {period: [series[period] for series in value if period in series] for period in periods}
        if missing_is_zero:
            rows = {period: row + [0.0] * (len(value) - len(row)) for period, row in rows.items()}
        return {period: float(function(row)) for period, row in rows.items()}

    return of


def _of_time(part: Callable[[datetime], float]) -> Callable[..., Value]:
    """A value of every period of the grid, taken from its start."""
    return lambda grid, series: {start: float(part(datetime.fromtimestamp(start, UTC))) for start in grid.starts}


def _steps(step: Callable[[tuple[int, float], tuple[int, float]], float]) -> Callable[..., Value]:
    """A value of each data point and the one before it."""
    return _each(lambda grid, series: {late[0]: step(early, late) for early, late in pairwise(sorted(series.items()))})


def _fill(grid: Grid, value: Series | list[Series], filler: float | Series | str) -> Value:
    if isinstance(value, list):
        return [_filled(grid, series, filler) for series in value]
    return _filled(grid, value, filler)


def _filled(grid: Grid, series: Series, filler: float | Series | str) -> Series:
    """REPEAT takes the value before a gap, LINEAR a line across it; a gap at the beginning or end stays."""
    filled = dict(series)
    for start in grid.starts:
        if start in series:
            continue
        before = max((period for period in series if period < start), default=None)
        after = min((period for period in series if period > start), default=None)
        if isinstance(filler, dict):
            filled |= {start: filler[start]} if start in filler else {}
        elif isinstance(filler, float):
            filled[start] = filler
        elif filler == "REPEAT" and before is not None:
            filled[start] = series[before]
        elif filler == "LINEAR" and before is not None and after is not None:
            share = (start - before) / (after - before)
            filled[start] = series[before] + share * (series[after] - series[before])
    return dict(sorted(filled.items()))


def _if(grid: Grid, condition: float | Series, true: float | Series, false: float | Series | None = None) -> Value:
    """Where the condition holds and `true` has no data point, the value is 0; where it does not hold, there is none."""
    if isinstance(condition, float):
        chosen = true if condition else false
        return {} if chosen is None else chosen
    values: Series = {}
    for period, holds in condition.items():
        if holds:
            values[period] = true.get(period, 0.0) if isinstance(true, dict) else true
        elif isinstance(false, float):
            values[period] = false
        elif isinstance(false, dict) and period in false:
            values[period] = false[period]
    return values


def _sort(grid: Grid, series: list[Series], by: str, order: str, limit: float | None = None) -> Value:
    rank: Callable[..., Any] = FUNCTIONS[by]
    known = [each for each in series if each]
    ordered = sorted(known, key=lambda each: rank(grid, each), reverse=order == "DESC")
    return ordered if limit is None else ordered[: int(limit)]


def _time_series(grid: Grid, number: float) -> Series:
    if not isinstance(number, float):
        raise TypeError(f"TIME_SERIES takes a number, got {type(number).__name__}")
    return dict.fromkeys(grid.starts, number)


def _slice(grid: Grid, series: list[Series], first: float, end: float | None = None) -> Value:
    return series[int(first) : None if end is None else int(end)]


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "ABS": _pointwise(abs),
    "AVG": _aggregate(statistics.fmean, missing_is_zero=True),
    "CEIL": _pointwise(math.ceil),
    "DATAPOINT_COUNT": _aggregate(len),
    "DATE": _of_time(lambda time: time.day),
    "DAY": _of_time(lambda time: time.isoweekday()),
    "DIFF": _steps(lambda early, late: late[1] - early[1]),
    "DIFF_TIME": _steps(lambda early, late: float(late[0] - early[0])),
    "EPOCH": _of_time(lambda time: time.timestamp()),
    "FILL": _fill,
    "FIRST": lambda grid, series: series[0],
    "FLOOR": _pointwise(math.floor),
    "HOUR": _of_time(lambda time: time.hour),
    "IF": _if,
    "LAST": lambda grid, series: series[-1],
    "LOG": _pointwise(math.log),
    "LOG10": _pointwise(math.log10),
    "MAX": _aggregate(max),
    "METRIC_COUNT": lambda grid, series: float(len(series)),
    "MIN": _aggregate(min),
    "MINUTE": _of_time(lambda time: time.minute),
    "MONTH": _of_time(lambda time: time.month),
    "PERIOD": lambda grid, series: float(grid.period),
    "RATE": _steps(lambda early, late: (late[1] - early[1]) / (late[0] - early[0])),
    "REMOVE_EMPTY": lambda grid, series: [each for each in series if each],
    "RUNNING_SUM": _each(lambda grid, series: dict(zip(series, accumulate(series.values()), strict=True))),
    "SLICE": _slice,
    "SORT": _sort,
    "STDDEV": _aggregate(statistics.pstdev),
    "SUM": _aggregate(math.fsum),
    "TIME_SERIES": _time_series,
    "YEAR": _of_time(lambda time: time.year),
}
