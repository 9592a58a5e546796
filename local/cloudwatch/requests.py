"""The API operations that ministack answers only in part: alarms with everything they may have, and metric math.

Each wraps ministack's own handler. SDKs speak CBOR or JSON to CloudWatch, and
only these carry all members; the old Query protocol stays ministack's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch

from local.cloudwatch import definition, state
from local.cloudwatch.expression import MathError
from local.cloudwatch.math_functions import NoValue
from local.cloudwatch.metric_math import Workspace
from local.cloudwatch.metrics import Grid, MetricStat, Series, series
from local.cloudwatch.suppression import Suppression

Handler = Callable[..., tuple[int, dict[str, str], bytes]]
"""Takes the form's parameters, the decoded document, and whether it came as CBOR or as JSON."""

ALARM_MEMBERS = (
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "EvaluationPeriods",
    "EvaluationWindow",
    "Metrics",
    "Threshold",
    "TreatMissingData",
    *definition.SINGLE,
)
KEPT = ("StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp")
SUPPRESSOR_MEMBERS = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


def locked(native: Handler) -> Handler:
    """A handler that changes alarms, kept apart from the watch."""

    def handle(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> tuple[int, dict[str, str], bytes]:
        with state.lock:
            return native(params, data, is_cbor, is_json)

    return handle


def put_metric_alarm(native: Handler) -> Handler:
    def handle(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> tuple[int, dict[str, str], bytes]:
        if not (is_cbor or is_json):
            return native(params, data, is_cbor, is_json)
        try:
            definition.check(data)
        except definition.Refused as refused:
            return _invalid(str(refused), is_cbor, is_json)
        before = cloudwatch._alarms.get(data["AlarmName"]) or {}
        response = native(params, data, is_cbor, is_json)
        if response[0] == 200:
            record = cloudwatch._alarms[data["AlarmName"]]
            # ministack drops some members and makes others up, such as the period of an alarm on an expression.
            for member in ALARM_MEMBERS:
                record.pop(member, None)
            record |= {member: data[member] for member in ALARM_MEMBERS if data.get(member) is not None}
            record |= {member: before[member] for member in KEPT if member in before}
            record["Threshold"] = float(data["Threshold"])
        return response

    return locked(handle)


def put_composite_alarm(native: Handler) -> Handler:
    def handle(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> tuple[int, dict[str, str], bytes]:
        given = {member: data[member] for member in SUPPRESSOR_MEMBERS if data.get(member) is not None}
        if given and set(given) != set(SUPPRESSOR_MEMBERS):
            return _invalid(f"{', '.join(SUPPRESSOR_MEMBERS)} must be set together", is_cbor, is_json)
        name = data.get("AlarmName", "")
        before = cloudwatch._composite_alarms.get(name) or {}
        if any(before.get(member) != given.get(member) for member in SUPPRESSOR_MEMBERS):
            state.suppress_with(name, _suppression(given))
        response = native(params, data, is_cbor, is_json)
        if response[0] == 200:
            cloudwatch._composite_alarms[name] |= given
        elif not before:
            state.forget(name)
        return response

    return locked(handle)


def delete_alarms(native: Handler) -> Handler:
    def handle(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> tuple[int, dict[str, str], bytes]:
        response = native(params, data, is_cbor, is_json)
        for name in data.get("AlarmNames", ()):
            if name not in cloudwatch._alarms and name not in cloudwatch._composite_alarms:
                state.forget(name)
        return response

    return locked(handle)


def get_metric_data(native: Handler) -> Handler:
    def handle(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> tuple[int, dict[str, str], bytes]:
        if not (is_cbor or is_json):
            return native(params, data, is_cbor, is_json)
        try:
            results = _metric_data(data)
        except MathError as error:
            return _invalid(str(error), is_cbor, is_json)
        if is_cbor:
            results = [cloudwatch._cbor_metric_data_result(result) for result in results]
        document = {"MetricDataResults": results}
        return _response(cloudwatch._cbor_ok(document) if is_cbor else cloudwatch._json_ok(document))

    return handle


def _metric_data(request: dict[str, Any]) -> list[dict[str, Any]]:
    queries = request.get("MetricDataQueries", [])
    start, end = (cloudwatch._parse_ts(request.get(name)) for name in ("StartTime", "EndTime"))
    stats = {query["Id"]: MetricStat.of(query["MetricStat"]) for query in queries if query.get("MetricStat")}
    grids = {name: _grid(start, end, stat.period) for name, stat in stats.items()}
    data = {name: series(stat, grids[name]) for name, stat in stats.items()}
    expressions = {query["Id"]: query["Expression"] for query in queries if query.get("Expression")}
    widest = max(grids.values(), key=lambda grid: grid.period, default=_grid(start, end, 60))
    workspace = Workspace(widest, data, expressions)
    newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    return [
        _result(query, label, values, newest_first)
        for query in queries
        if query.get("ReturnData", True)
        for label, values in _labelled(query, workspace)
    ]


def _labelled(query: dict[str, Any], workspace: Workspace) -> list[tuple[str, Series]]:
    try:
        value = workspace.value(query["Id"])
    except NoValue:
        value = {}
    if isinstance(value, float):
        raise MathError(f"the expression {query['Id']!r} results in a number, not in a time series")
    own = query["MetricStat"]["Metric"]["MetricName"] if query.get("MetricStat") else query["Id"]
    return [(query.get("Label", own), values) for values in (value if isinstance(value, list) else [value])]


def _result(query: dict[str, Any], label: str, values: Series, newest_first: bool) -> dict[str, Any]:
    ordered = sorted(values.items(), reverse=newest_first)
    return {
        "Id": query["Id"],
        "Label": label,
        "Timestamps": [cloudwatch._ts_iso(at) for at, _ in ordered],
        "Values": [value for _, value in ordered],
        "StatusCode": "Complete",
    }


def _grid(start: float, end: float, period: int) -> Grid:
    """Whole periods by the clock that hold the time asked for."""
    first = math.floor(start / period) * period
    return Grid(first, period, math.ceil((end - first) / period))


def _suppression(given: dict[str, Any]) -> Suppression | None:
    if not given:
        return None
    suppressor, wait_s, extension_s = (given[member] for member in SUPPRESSOR_MEMBERS)
    return Suppression(suppressor.rpartition(":alarm:")[2], float(wait_s), float(extension_s))


def _invalid(message: str, is_cbor: bool, is_json: bool) -> tuple[int, dict[str, str], bytes]:
    return _response(cloudwatch._error("ValidationError", message, 400, use_json=is_json, use_cbor=is_cbor))


def _response(response: Any) -> tuple[int, dict[str, str], bytes]:
    status, headers, body = response
    return status, headers, body
