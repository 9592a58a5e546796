"""Checks of a request against its input shape, in the words that AWS uses.

botocore's own validator runs in the client and knows neither patterns nor
enums, so the server checks everything the model says. A value of the wrong
type is a SerializationException at once; violated constraints are collected
and answered together in one ValidationException. Members that the model does
not know are dropped by AWS and therefore ignored here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from local.service.errors import ApiError

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list, tuple),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
}

_JSON_NAMES = {bool: "BOOLEAN_VALUE", str: "STRING_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}


def validate(shape: Any, params: dict[str, Any]) -> None:
    """Raise the ApiError that AWS would answer; None where `params` satisfies `shape` (a botocore input shape)."""
    problems = list(_problems(shape, params, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise ApiError("ValidationException", f"{count}: {'; '.join(problems)}")


def _problems(shape: Any, value: Any, path: str) -> Iterator[str]:
    _check_type(shape, value)
    if shape.type_name == "structure":
        yield from _structure_problems(shape, value, path)
    elif shape.type_name == "list":
        yield from _length_problems(shape, value, path)
        for number, item in enumerate(value, start=1):
            yield from _problems(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "map":
        yield from _length_problems(shape, value, path)
        for key, item in value.items():
            yield from _problems(shape.key, key, f"{path}.key")
            yield from _problems(shape.value, item, f"{path}.{key}.member")
    elif shape.type_name == "string":
        yield from _length_problems(shape, value, path)
        yield from _text_problems(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _number_problems(shape, value, path)


def _structure_problems(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    given = {name: item for name, item in value.items() if item is not None}
    for name in shape.required_members:
        if name not in given:
            yield _failed(None, _joined(path, name), "Member must not be null")
    known = [name for name in given if name in shape.members]
    if shape.metadata.get("union") and len(known) != 1:
        yield _failed(value, path, f"Exactly one member must be set, found {known}")
    for name in known:
        yield from _problems(shape.members[name], given[name], _joined(path, name))


def _length_problems(shape: Any, value: Any, path: str) -> Iterator[str]:
    shortest, longest = shape.metadata.get("min"), shape.metadata.get("max")
    if shortest is not None and len(value) < shortest:
        yield _failed(value, path, f"Member must have length greater than or equal to {shortest}")
    if longest is not None and len(value) > longest:
        yield _failed(value, path, f"Member must have length less than or equal to {longest}")


def _text_problems(shape: Any, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _failed(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and (compiled := _compiled(pattern)) and not compiled.fullmatch(value):
        yield _failed(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _number_problems(shape: Any, value: float, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _failed(value, path, f"Member must have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _failed(value, path, f"Member must have value less than or equal to {most}")


def _check_type(shape: Any, value: Any) -> None:
    accepted = _PYTHON_TYPES.get(shape.type_name)
    if accepted is None:  # timestamps and blobs have several forms on the wire
        return
    if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
        found = _JSON_NAMES.get(type(value), type(value).__name__)
        raise ApiError("SerializationException", f"{found} can not be converted to {shape.type_name} ({shape.name})")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern for Python, or None where it uses Java syntax that has no counterpart."""
    for java, python in ((r"\p{L}", r"\w"), (r"\p{Z}", r"\s"), (r"\p{N}", r"\d")):
        pattern = pattern.replace(java, python)
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _failed(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"


def _joined(path: str, member: str) -> str:
    name = member[0].lower() + member[1:]
    return f"{path}.{name}" if path else name
