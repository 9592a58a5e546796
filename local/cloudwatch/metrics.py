"""Series of a metric: its data points put into periods, one statistic for each period that has any."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudwatch

Series = dict[int, float]
"""Value by the start of its period, in seconds since the epoch; a period without data is absent."""

STATISTIC = re.compile(r"SampleCount|Average|Sum|Minimum|Maximum|p(\d{1,2}(\.\d{1,10})?|100)")


@dataclass(frozen=True, slots=True)
class MetricStat:
    """One statistic of one metric. Its exact dimensions are part of what the metric is."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    period: int
    statistic: str
    unit: str | None = None

    @classmethod
    def of(cls, stat: Mapping[str, Any]) -> MetricStat:
        """From the API's MetricStat."""
        metric = stat["Metric"]
        return cls(
            metric["Namespace"],
            metric["MetricName"],
            pairs(metric.get("Dimensions")),
            int(stat["Period"]),
            stat["Stat"],
            stat.get("Unit"),
        )


def pairs(dimensions: Iterable[Mapping[str, str]] | None) -> tuple[tuple[str, str], ...]:
    """The API's list of Name and Value, in the order of the names."""
    return tuple(sorted((each["Name"], each["Value"]) for each in dimensions or ()))


@dataclass(frozen=True, slots=True)
class Grid:
    """`count` periods of `period` seconds, the first of which begins at `start`.

    >>> grid = Grid(start=600, period=300, count=2)
    >>> list(grid.starts), grid.end, grid.bucket(899.9)
    ([600, 900], 1200, 600)
    """

    start: int
    period: int
    count: int

    @property
    def end(self) -> int:
        return self.start + self.period * self.count

    @property
    def starts(self) -> range:
        return range(self.start, self.end, self.period)

    def bucket(self, timestamp: float) -> int:
        """Start of the period that holds a moment."""
        return int((timestamp - self.start) // self.period) * self.period + self.start


def series(stat: MetricStat, grid: Grid) -> Series:
    """What the current account and region hold of a metric on a grid."""
    key = (stat.namespace, stat.name, cloudwatch._dims_key(dict(stat.dimensions)))
    start, end = grid.start, grid.end
    points: dict[int, list[dict[str, Any]]] = defaultdict(list)
    # A metric may well have thousands of points, most of them too old: this filter is what evaluations cost.
    for point in [each for each in list(cloudwatch._metrics.get(key, ())) if start <= each["Timestamp"] < end]:
        if stat.unit in (None, point["Unit"]):
            points[grid.bucket(point["Timestamp"])].append(point)
    values = {bucket: _value(points[bucket], stat.statistic) for bucket in sorted(points)}
    return {bucket: value for bucket, value in values.items() if value is not None}


def _value(points: list[dict[str, Any]], statistic: str) -> float | None:
    """None where CloudWatch has no percentile: for negative values and for statistic sets."""
    value: float | None = cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)
    return value
