"""What the schema has against a file, in words for somebody who writes YAML."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Interface
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from core.config.plain import Finding, Location
from core.config.source import Source
from core.config.strict import IN_WORDS
from core.config.team import Team
from core.prices import USD_PER_HOUR

TYPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "a number below {lt:g}",
    "less_than_equal": "at most {le:g}",
    "union": "a text or a number",
    "finite_number": "an ordinary number",
}
"""pydantic's kinds of error -> what is accepted."""
QUOTED = re.compile(r"'([^']*)'")
INSTANCE_TYPE = r"^ml\.[a-z0-9-]+\.[a-z0-9]+$"
MARKS = ("[key]", "[kind]", "[vector]")
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
            yield at, _problem({**item, "type": "union"} if one_of_many else item, at, source.written)


def _location(item: Any, source: Source) -> tuple[Location, bool]:
    """Where it stands, and whether pydantic says it once for each type that the value may have.

    pydantic marks a faulty key with '[key]' behind it, and a member of a union with its type, or its tag in brackets.
    """
    at = tuple(part for part in item["loc"] if part not in MARKS)
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
        return f"is not a key here; accepted: {', '.join(accepted)}{_near(str(at[-1]), accepted)}"
    if value is None:
        return f"is empty; accepted: {_accepted(item, at)}, or leave the key out"
    found = _found(value, written.get(at))
    if kind == "string_type" and not isinstance(value, list | dict):
        reads = "" if found == json.dumps(value) else f", which YAML reads as {json.dumps(value)}"
        return f'found {found}{reads}; accepted: a text; put it in quotes: "{found}"'
    return f"found {found}; accepted: {_accepted(item, at)}"


def _found(value: object, written: str | None) -> str:
    """As it stands in the file, but for texts, whose ends would not be seen."""
    text = repr(value) if written is None or isinstance(value, str) else written
    return text if len(text) <= 60 else f"{text[:57]}..."


def _accepted(item: Any, at: Location) -> str:
    kind, context, value = item["type"], item.get("ctx", {}), item["input"]
    if kind in SECTIONS:
        return f"a mapping of {', '.join(_fields_at(at)) or f'names to {_values_at(at)}'}"
    if kind == "tuple_type":
        each = ", ".join(_fields_at(at))
        return f"a list of mappings with {each}" if each else f"a list, as [{value}]" if _plain(value) else "a list"
    if kind in ("too_short", "too_long"):
        bound = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        return f"{bound} of them, not {context['actual_length']}"
    if kind == "string_pattern_mismatch":
        meant = _near(f"ml.{value}", USD_PER_HOUR) if context["pattern"] == INSTANCE_TYPE else ""
        return IN_WORDS.get(context["pattern"], f"a text that matches {context['pattern']}") + meant
    if kind in NETWORKS:
        return _network(str(value))
    if kind == "literal_error":
        section = "".join(f", or a mapping of {name}" for name in _fields_at(at))
        return f"{context['expected']}{section}{_near(str(value), re.findall(QUOTED, context['expected']))}"
    return TYPES[kind].format(**context) if kind in TYPES else str(item["msg"])


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _near(text: str, among: Iterable[str]) -> str:
    found = difflib.get_close_matches(text, list(among), 1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _network(text: str) -> str:
    """An address inside a range is often meant to be the range."""
    try:
        return f"the range itself, {IPv4Interface(text).network}" if "/" in text else "a range, as 10.20.0.0/16"
    except ValueError:
        return "an IPv4 range, as 10.20.0.0/16"


def _fields_at(at: Location) -> Iterator[str]:
    """Keys that the schema accepts at a place."""
    model = _model_at(at)
    for name, field in model.model_fields.items() if model else ():
        yield field.alias or name


def _values_at(at: Location) -> str:
    """What the values of a mapping may be."""
    model = _model_at(at[:-1])
    field = model.model_fields.get(str(at[-1])) if model else None
    _, values = get_args(field.annotation) if field and get_args(field.annotation) else (None, None)
    return " or ".join(_words_in(values)) or "values"


def _words_in(annotation: Any) -> list[str]:
    """Words that an annotation accepts, and the keys of sections."""
    if get_origin(annotation) is Literal:
        return [str(word) for word in get_args(annotation)]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [f"{{{name}: ...}}" for name in annotation.model_fields]
    return [word for part in get_args(annotation) for word in _words_in(part)]


def _model_at(at: Location) -> type[BaseModel] | None:
    """The section that stands at a place, or None."""
    model: type[BaseModel] | None = Team
    named: type[BaseModel] | None = None
    for part in at:
        if named is not None:  # the part is a name of the file's own
            model, named = named, None
        elif isinstance(part, str) and model is not None:
            field = model.model_fields.get(part)
            named = _model_in(_values_in(field.annotation)) if field else None
            model = _model_in(field.annotation) if field and named is None else None
    return model


def _values_in(annotation: Any) -> Any:
    """Of a mapping of names, what its values are; else None."""
    return get_args(annotation)[1] if get_origin(annotation) is dict else None


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The section inside an annotation such as `tuple[Member, ...]`, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    parts = (part for part in get_args(annotation) if part is not NoneType)
    return next((found for part in parts if (found := _model_in(part)) is not None), None)
