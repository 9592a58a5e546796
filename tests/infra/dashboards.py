"""What CloudWatch takes as the body of a dashboard.

Source: CloudWatch API reference, "Dashboard Body Structure and Syntax", and the quotas of dashboards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

VIEWS = {"timeSeries", "singleValue", "gauge", "bar", "pie", "table"}
LOG_VIEWS = {"table", "timeSeries", "bar", "pie"}
STATISTIC = re.compile(r"SampleCount|Average|Sum|Minimum|Maximum|p\d{1,2}(\.\d+)?")
RENDERING = {"color", "label", "period", "region", "stat", "visible", "yAxis", "id", "expression", "accountId"}
KNOWN = {
    "metric": {
        "title", "metrics", "stat", "period", "region", "view", "annotations", "yAxis", "stacked", "legend", "liveData",
        "setPeriodToTimeRange", "sparkline", "timezone", "accountId", "start", "end", "table",
    },
    "alarm": {"title", "alarms", "sortBy", "states"},
    "log": {"title", "query", "region", "view", "stacked", "accountId"},
    "text": {"markdown", "background"},
}  # fmt: skip


def faults_of(body: Any) -> list[str]:
    """What is wrong with a body; nothing where CloudWatch would take it without a warning."""
    return list(_faults(body))


def written_out(lines: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """With what the dots stand for: the part of the line before. Raises ValueError where there is none."""
    whole: list[list[Any]] = []
    for line in lines:
        above = whole[-1] if whole else []
        if any(part == "." and at >= len(above) for at, part in enumerate(line)):
            raise ValueError(f"nothing stands before {line}")
        whole.append([above[at] if part == "." else part for at, part in enumerate(line)])
    return whole


def _faults(body: Any) -> Iterator[str]:
    if not isinstance(body, dict) or not isinstance(body.get("widgets"), list):
        yield "has no list of widgets"
        return
    if strange := set(body) - {"widgets", "start", "end", "periodOverride", "variables"}:
        yield f"knows no {strange}"
    if "start" in body and not re.fullmatch(r"-P(\d+[DWM]|T\d+[HM])", body["start"]):
        yield f"starts at {body['start']!r}"
    if len(body["widgets"]) > 500:
        yield f"has {len(body['widgets'])} widgets"
    lines = sum(len(widget.get("properties", {}).get("metrics", ())) for widget in body["widgets"])
    if lines > 2500:
        yield f"shows {lines} metrics"
    for index, widget in enumerate(body["widgets"]):
        for fault in _of_widget(widget):
            yield f"widget {index} {fault}"


def _of_widget(widget: Mapping[str, Any]) -> Iterator[str]:
    kind, properties = widget.get("type"), widget.get("properties", {})
    if kind not in KNOWN:
        yield f"is of the type {kind!r}"
        return
    if not 1 <= widget.get("width", 6) <= 24 or not 1 <= widget.get("height", 6) <= 1000:
        yield "has an impossible size"
    if strange := set(properties) - KNOWN[kind]:
        yield f"knows no {strange}"
    yield from {"metric": _metric, "alarm": _alarm, "log": _log, "text": _text}[kind](properties)


def _metric(properties: Mapping[str, Any]) -> Iterator[str]:
    metrics = properties.get("metrics")
    if not properties.get("region"):
        yield "has no region"
    if not isinstance(metrics, list) or not 1 <= len(metrics) <= 500:
        yield f"shows {metrics!r}"
        return
    if properties.get("view", "timeSeries") not in VIEWS:
        yield f"has the view {properties['view']!r}"
    if not STATISTIC.fullmatch(properties.get("stat", "Average")):
        yield f"has the statistic {properties['stat']!r}"
    if properties.get("period", 300) % 60 or not 60 <= properties.get("period", 300) <= 86400:
        yield f"has the period {properties['period']!r}"
    ids = [line[-1].get("id") for line in metrics if isinstance(line[-1], dict) and "id" in line[-1]]
    if len(set(ids)) != len(ids):
        yield "has two lines of one id"
    try:
        whole = written_out(metrics)
    except ValueError as fault:
        yield str(fault)
        return
    for line in whole:
        yield from _line(line, set(ids))
    for mark in properties.get("annotations", {}).get("horizontal", ()):
        if not isinstance(mark.get("value"), int | float):
            yield f"has a mark at {mark.get('value')!r}"


def _line(line: list[Any], ids: set[str]) -> Iterator[str]:
    *names, last = line
    options = last if isinstance(last, dict) else {}
    names = names if isinstance(last, dict) else line
    if strange := set(options) - RENDERING:
        yield f"renders a line with {strange}"
    if not re.fullmatch(r"[a-z][a-zA-Z0-9_]*", options.get("id", "a")):
        yield f"has a line of the id {options['id']!r}"
    if "expression" in options:
        used = set(re.findall(r"\b[a-z][a-zA-Z0-9_]*\b", options["expression"]))
        if names or not used <= ids:
            yield f"calculates {options['expression']!r} from {used - ids}"
    elif len(names) < 2 or len(names) % 2 or not all(isinstance(name, str) and name for name in names):
        yield f"shows {names}, which is no namespace, name and pairs of dimension and value"


def _alarm(properties: Mapping[str, Any]) -> Iterator[str]:
    alarms = properties.get("alarms", [])
    if not 1 <= len(alarms) <= 100:
        yield f"shows {len(alarms)} alarms"
    for arn in alarms:
        if not re.fullmatch(r"arn:aws:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.{1,255}", arn):
            yield f"shows {arn!r}"


def _log(properties: Mapping[str, Any]) -> Iterator[str]:
    if not properties.get("region") or not properties.get("title"):
        yield "has no region or no title"
    if not re.match(r"SOURCE '[^']+' \| ", properties.get("query", "")):
        yield f"asks {properties.get('query')!r}"
    if properties.get("view", "table") not in LOG_VIEWS:
        yield f"has the view {properties['view']!r}"


def _text(properties: Mapping[str, Any]) -> Iterator[str]:
    if not properties.get("markdown"):
        yield "says nothing"
