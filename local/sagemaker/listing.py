"""List operations: filters, order and pages, read from the names that the API gives its members."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from botocore.model import OperationModel, StructureShape

from local.sagemaker.kinds import INVALID, Kind
from local.sagemaker.store import Record
from local.service import ApiError

PAGE = 100
_TIMES = {
    "CreationTime": "CreationTime",
    "Created": "CreationTime",
    "LastModifiedTime": "LastModifiedTime",
    "ModifiedTime": "LastModifiedTime",
    "ScheduledTime": "ScheduledTime",
}
_PAGING = {"NextToken", "MaxResults", "SortBy", "SortOrder"}


def answer(operation: OperationModel, kind: Kind, records: Iterable[Record], request: Record) -> Record:
    """One page of the records that the request asks for, under the name that the operation gives the list.

    Each filter is a member: `NameContains`, `StatusEquals`, `CreationTimeAfter`, `PipelineNamePrefix`,
    `DomainIdEquals`, or just the member that must be equal. The default order stands in the operation's documentation.
    """
    rows = [record for record in records if wanted(kind, record, request)]
    rows.sort(key=lambda record: _order(kind, record, request.get("SortBy")))
    if request.get("SortOrder", _default_order(operation)).lower() == "descending":
        rows.reverse()
    return page(_list_member(operation), rows, request)


def wanted(kind: Kind, record: Record, request: Record) -> bool:
    """Whether a record passes all filters of a request."""
    return all(
        _holds(kind, record, name, value)
        for name, value in request.items()
        if name not in _PAGING and value is not None
    )


def page(member: str, rows: list[Record], request: Record) -> Record:
    token = request.get("NextToken") or "0"
    if not token.isdigit():
        raise ApiError(INVALID, "Invalid NextToken.")
    start, end = int(token), int(token) + (request.get("MaxResults") or PAGE)
    return {member: rows[start:end]} | ({"NextToken": str(end)} if end < len(rows) else {})


def _holds(kind: Kind, record: Record, name: str, value: Any) -> bool:
    for suffix in ("After", "Before"):
        if name.endswith(suffix) and (member := _TIMES.get(name.removesuffix(suffix))):
            time = _time(value)
            return bool(record[member] > time if suffix == "After" else record[member] < time)
    if name.endswith("NameContains"):
        return value.lower() in str(record.get(_member(kind, record, name.removesuffix("Contains")), "")).lower()
    if name.endswith("NamePrefix"):
        return str(record.get(name.removesuffix("Prefix"), "")).startswith(value)
    found = record.get(_member(kind, record, name.removesuffix("Equals")))
    return found == value or (str(value).startswith("arn:") and str(value).split("/", 1)[-1] == found)


def _member(kind: Kind, record: Record, name: str) -> str:
    """The record's own name for `Name` and `Status`."""
    if name in record:
        return name
    return {"Name": kind.keys[-1], "Status": kind.status or "Status"}.get(name, name)


def _order(kind: Kind, record: Record, by: str | None) -> Any:
    name = re.sub("_.|^.", lambda m: m[0][-1].upper(), by.lower()) if by and by.isupper() else by or "CreationTime"
    return record.get(_member(kind, record, name)) or record["CreationTime"]


def _time(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromtimestamp(float(value), UTC)


def _default_order(operation: OperationModel) -> str:
    shape = operation.input_shape
    text = shape.members["SortOrder"].documentation if shape and "SortOrder" in shape.members else ""
    stated = re.search(r"(?i)default[^.]*?(ascending|descending)", text)
    return stated[1] if stated else "Descending"


def _list_member(operation: OperationModel) -> str:
    shape = operation.output_shape
    assert isinstance(shape, StructureShape)
    names: list[str] = [name for name, member in shape.members.items() if member.type_name == "list"]
    return names[0]
