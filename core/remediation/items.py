"""Rows as DynamoDB items and back: text S, numbers N, truth BOOL, times S (ISO 8601 UTC), records M, tuples L.

Empty optional fields are left out, so that a field added later reads as its default from an older row.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from core.contracts.ledger import PARTITION_KEY, SORT_KEY, Key
from core.remediation.rows import ActRow, BatchRow, EpisodeRow, ModelRow, QuotaRow, RejectedRow, Row, TeamRow

Record = TypeVar("Record")
Item = dict[str, dict[str, Any]]


def key_item(key: Key) -> Item:
    return {PARTITION_KEY: {"S": key.model}, SORT_KEY: {"S": key.row}}


def to_item(row: Row) -> Item:
    """
    >>> to_item(TeamRow(frozen="incident", revision=2))["revision"]
    {'N': '2'}
    """
    return {**_members(row), **key_item(row.key)}


def from_item(item: Mapping[str, Any]) -> Row:
    """Raises LookupError for a row of a kind that is not known here."""
    kind = item[SORT_KEY]["S"].partition("#")[0]
    if kind not in _KINDS:
        raise LookupError(f"the ledger holds a row of kind {kind!r}; known are {', '.join(_KINDS)}")
    row: Row = _record(_KINDS[kind], item)
    return row


_KINDS: dict[str, Any] = {
    "team": TeamRow,
    "model": ModelRow,
    "episode": EpisodeRow,
    "act": ActRow,
    "rejected": RejectedRow,
    "quota": QuotaRow,
    "batch": BatchRow,
}


def _members(record: Any) -> Item:
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return {name: _attribute(value) for name, value in values.items() if value is not None}


def _attribute(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, datetime):
        return {"S": value.astimezone(UTC).isoformat()}
    if isinstance(value, str):
        return {"S": str(value)}
    if isinstance(value, tuple):
        return {"L": [_attribute(each) for each in value]}
    if is_dataclass(value):
        return {"M": _members(value)}
    raise TypeError(f"a row cannot hold {type(value).__name__}")


def _record(kind: type[Record], item: Mapping[str, Any]) -> Record:
    hints = _hints(kind)  # type: ignore[arg-type]  # mypy takes no type variable's class for hashable
    names = [field.name for field in fields(kind) if field.name in item]  # type: ignore[arg-type]
    return kind(**{name: _value(hints[name], item[name]) for name in names})


@cache
def _hints(kind: type) -> dict[str, Any]:
    """Found once for each kind: they are texts in the source, compiled anew at every call."""
    return get_type_hints(kind)


def _value(hint: Any, attribute: Mapping[str, Any]) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(each for each in get_args(hint) if each is not type(None))
    ((_, value),) = attribute.items()
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], each) for each in value)
    if is_dataclass(hint):
        return _record(hint, value)  # type: ignore[arg-type]
    if hint is datetime:
        return datetime.fromisoformat(value)
    if issubclass(hint, Enum | int) and hint is not bool:
        return hint(value)
    return value
