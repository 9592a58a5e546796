"""How the members of an event are read: each fault is a `NotThisEvent` that says what was found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


class NotThisEvent(ValueError):
    """The value is not the event that the parser reads."""


def value_at(event: object, path: str) -> Any:
    """The value at a dotted path; NotThisEvent names the first part that is missing."""
    value = event
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise NotThisEvent(f"no {part!r} on the way to {path!r}")
        value = value[part]
    return value


def text_at(event: object, path: str, longest: int = 2048) -> str:
    value = value_at(event, path)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise NotThisEvent(f"{path!r} is not a text of 1 to {longest} characters: {str(value)[:60]!r}")
    return value


def text_if_any(event: object, path: str, longest: int = 2048) -> str:
    """The same, or nothing where its last part is missing or says nothing."""
    way, _, last = path.rpartition(".")
    place = value_at(event, way)
    if isinstance(place, Mapping) and place.get(last) in (None, ""):
        return ""
    return text_at(event, path, longest)


def as_time(text: str, path: str) -> datetime:
    """ISO 8601 with an offset, as EventBridge ('...Z') and CloudWatch ('...+0000') write it."""
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            raise NotThisEvent(f"{path!r} has no offset from UTC: {text[:40]!r}")
        return time.astimezone(UTC)
    except NotThisEvent:
        raise
    except (ValueError, OverflowError):  # the latter at the ends of the calendar
        raise NotThisEvent(f"{path!r} is not a time: {text[:40]!r}") from None


def expect(event: object, source: str, detail_type: str) -> None:
    found = (text_at(event, "source"), text_at(event, "detail-type"))
    if found != (source, detail_type):
        raise NotThisEvent(f"expected {(source, detail_type)}, found {found}")
