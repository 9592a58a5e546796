"""Widgets of CloudWatch dashboards, as the dashboard body names their parts.

Source: CloudWatch API reference, "Dashboard Body Structure and Syntax". Widgets have no place: CloudWatch puts them
into rows of 24 columns in the order in which they stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from core.contracts.metrics import Metric
from infra.part import Part

Shown = TypeVar("Shown")
Widget = dict[str, Any]
Line = list[Any]
"""One entry of a widget's `metrics`."""

MOST_LINES = 100
"""Of one graph: with more nothing can be told from it. CloudWatch takes 500, and 2,500 of a dashboard."""
MOST_ALARMS = 100
"""Of one alarm widget."""
WEEK = "-P7D"
RED, ORANGE = "#d62728", "#ff7f0e"


@dataclass(frozen=True, slots=True)
class Mark:
    """A horizontal line: what a value should stay below."""

    value: float
    label: str
    color: str = RED

    def annotation(self) -> dict[str, Any]:
        return {"value": self.value, "label": self.label, "color": self.color}


def line(metric: Metric, values: Mapping[str, str], **options: Any) -> Line:
    """`options` are rendering properties of this line alone, as `label` and `stat`."""
    dimensions = [part for name in metric.dimensions for part in (name, values[name])]
    return [metric.namespace, metric.name, *dimensions, *([options] if options else [])]


def calculated(expression: str, label: str, id: str) -> Line:
    """A line of metric math over lines with ids."""
    return [{"expression": expression, "label": label, "id": id}]


def graphs(title: str, lines: Sequence[Line], *, together: int = 1, **options: Any) -> list[Widget]:
    """As many graphs as the lines need. `together`: so many, one after the other, belong into one graph, as what is
    calculated and what it is calculated from. `options` are those of `graph`."""
    parts = _parts(title, lines, MOST_LINES - MOST_LINES % together)
    return [graph(name, part, **options) for name, part in parts]


def graph(
    title: str,
    lines: Sequence[Line],
    *,
    region: str,
    statistic: str,
    period_s: int,
    marks: Sequence[Mark] = (),
    view: str = "timeSeries",
    width: int = 12,
) -> Widget:
    """Raises ValueError for more lines than a graph can show."""
    if len(lines) > MOST_LINES:
        raise ValueError(f"the graph {title} has {len(lines)} lines; accepted: {MOST_LINES}, or several graphs")
    properties: dict[str, Any] = {
        "title": title,
        "metrics": list(lines),
        "stat": statistic,
        "period": period_s,
        "region": region,
        "view": view,
    }
    if marks:
        properties["annotations"] = {"horizontal": [mark.annotation() for mark in marks]}
    return {"type": "metric", "width": width, "height": 6, "properties": properties}


def shortened(graph: Widget) -> Widget:
    """The same graph in fewer bytes: a dot stands for what a line shares with the one before. Only where every line has
    as many parts and no options, as those of one metric each."""
    lines = graph["properties"]["metrics"]
    rest = [
        ["." if part == before else part for part, before in zip(line, above, strict=True)]
        for above, line in pairwise(lines)
    ]
    return {**graph, "properties": {**graph["properties"], "metrics": [*lines[:1], *rest]}}


def alarm_states(title: str, arns: Sequence[str], width: int = 12) -> list[Widget]:
    """As many widgets as all the alarms need; in each, those that changed last stand first."""
    order = {"sortBy": "stateUpdatedTimestamp"}
    each = [{"title": name, "alarms": part, **order} for name, part in _parts(title, arns, MOST_ALARMS)]
    return [{"type": "alarm", "width": width, "height": 6, "properties": properties} for properties in each]


def log_table(title: str, groups: Sequence[str], query: str, *, region: str) -> Widget:
    """A query of Logs Insights over the log groups."""
    sources = " | ".join(f"SOURCE '{group}'" for group in groups)
    properties = {"title": title, "query": f"{sources} | {query}", "region": region, "view": "table"}
    return {"type": "log", "width": 24, "height": 6, "properties": properties}


def text(markdown: str) -> Widget:
    return {"type": "text", "width": 24, "height": 2, "properties": {"markdown": markdown}}


def dashboard(part: Part, name: str, widgets: Sequence[Widget]) -> None:
    """A dashboard that opens with the last week."""
    body = json.dumps({"start": WEEK, "widgets": list(widgets)}, separators=(",", ":"))
    part.add("Dashboard", "AWS::CloudWatch::Dashboard", {"DashboardName": name, "DashboardBody": body})


def _parts(title: str, shown: Sequence[Shown], most: int) -> Iterator[tuple[str, list[Shown]]]:
    """Of `most` each, with the title that tells it from the others."""
    parts = [list(shown[start : start + most]) for start in range(0, len(shown), most)]
    for number, part in enumerate(parts, 1):
        yield (title if len(parts) == 1 else f"{title} (part {number} of {len(parts)})"), part
