"""What the schema has against a file, in words for somebody who writes YAML."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Interface
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from core.config.plain import Finding, Location
from core.config.source import Source
from core.config.strict import IN_WORDS
from core.config.team import Team

TYPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
    "finite_number": "an ordinary number",
}
"""pydantic's kinds of error -> what is accepted."""
NETWORKS = ("value_error", "ip_v4_network")
SECTIONS = ("model_type", "model_attributes_type", "dict_type")


def findings(error: ValidationError, source: Source) -> Iterator[Finding]:
    """Where, and what was found and is accepted."""
    errors = error.errors(include_url=False)
    seen = set()
    for item in errors:
        at, one_of_many = _location(item, source)
        if at not in seen and not _follows_from_another(item, errors):
            seen.add(at)
            yield (
                at,
                f"found {_short(item['input'])}; accepted: a text or a number"
                if one_of_many
                else _problem(item, at, source.written),
            )


def _location(item: Any, source: Source) -> tuple[Location, bool]:
    """Where it stands, and whether pydantic says it once for each type that the value may have.

    pydantic marks a faulty key with '[key]' behind it, and a member of a union with its type.
    """
    at = tuple(part for part in item["loc"] if part != "[key]")
    if item["type"] != "missing" and at not in source.lines and at[:-1] in source.lines:
        return at[:-1], True
    return at, False


def _follows_from_another(item: Any, errors: list[Any]) -> bool:
    """pydantic also calls a list too short when all of its items are faulty."""
    at = item["loc"]
    return item["type"] == "too_short" and any(other["loc"][: len(at)] == at and other["loc"] != at for other in errors)


def _problem(item: Any, at: Location, written: Mapping[Location, str]) -> str:
    kind, value = item["type"], item["input"]
    if kind == "missing":
        return "is missing; it is required"
    if kind == "extra_forbidden":
        accepted = list(_fields_at(at[:-1]))
        near = difflib.get_close_matches(str(at[-1]), accepted, 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        return f"is not a key here; accepted: {', '.join(accepted)}{meant}"
    if value is None:
        return f"is empty; accepted: {_accepted(item, at)}, or leave the key out"
    if kind == "string_type" and not isinstance(value, list | dict):
        text = written.get(at, json.dumps(value))
        reads = "" if text == str(value) else f", which YAML reads as {json.dumps(value)}"
        return f'found {text}{reads}; accepted: a text; put it in quotes: "{text}"'
    return f"found {_short(value)}; accepted: {_accepted(item, at)}"


def _accepted(item: Any, at: Location) -> str:
    kind, context = item["type"], item.get("ctx", {})
    if kind in SECTIONS:
        return f"a mapping of {', '.join(_fields_at(at)) or 'names to values'}"
    if kind in ("too_short", "too_long"):
        bound = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        return f"{bound} of them, not {context['actual_length']}"
    if kind == "string_pattern_mismatch":
        return IN_WORDS.get(context["pattern"], f"a text that matches {context['pattern']}")
    if kind in NETWORKS:
        return _network(str(item["input"]))
    if kind in TYPES:
        return TYPES[kind].format(**context)
    said: str = item["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return f"{said[0].lower()}{said[1:]}"


def _network(text: str) -> str:
    """An address inside a range is often meant to be the range."""
    try:
        return f"the range itself, {IPv4Interface(text).network}" if "/" in text else "a range, as 10.20.0.0/16"
    except ValueError:
        return "an IPv4 range, as 10.20.0.0/16"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _fields_at(at: Location) -> Iterator[str]:
    """Keys that the schema accepts at a place."""
    model = _model_at(at)
    yield from model.model_fields if model else ()


def _model_at(at: Location) -> type[BaseModel] | None:
    """The section that stands at a place, or None."""
    model: type[BaseModel] | None = Team
    for part in at:
        if isinstance(part, str) and model is not None:
            field = model.model_fields.get(part)
            model = _model_in(field.annotation) if field else None
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The section inside an annotation such as `tuple[Member, ...]`, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    parts = (part for part in get_args(annotation) if part is not NoneType)
    return next((found for part in parts if (found := _model_in(part)) is not None), None)
