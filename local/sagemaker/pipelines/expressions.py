"""What a pipeline definition may write in place of a value: references, joins, look-ups in files, conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GET, JOIN, JSON_GET = "Get", "Std:Join", "Std:JsonGet"
_PART = re.compile(r"""\[\s*["']([^"']*)["']\s*\]|\[(\d+)\]|([^.\[\]]+)""")
_NAMES = ("OutputName", "InputName", "MetricName", "ChannelName", "Name")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda left, right: left == right,
    "GreaterThan": lambda left, right: left > right,
    "GreaterThanOrEqualTo": lambda left, right: left >= right,
    "LessThan": lambda left, right: left < right,
    "LessThanOrEqualTo": lambda left, right: left <= right,
}


class Unresolved(Exception):
    """An expression has no value; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Values:
    """What expressions can refer to."""

    parameters: Mapping[str, Any]
    execution: Mapping[str, str]
    steps: Mapping[str, Mapping[str, Any]]
    """What each step that is over answers, as Describe does."""
    property_file: Callable[[str, str], Any]
    """Content of a property file, by step and name."""
    document: Callable[[str], Any]
    """Content of a JSON object in S3, by URI."""


def split(path: str) -> list[str]:
    """
    >>> split("Steps.Prepare.Outputs['train'].S3Output")
    ['Steps', 'Prepare', 'Outputs', 'train', 'S3Output']
    >>> split("metrics[0].value")
    ['metrics', '0', 'value']
    """
    return [next(group for group in found.groups() if group is not None) for found in _PART.finditer(path)]


def references(value: Any) -> Iterator[str]:
    """The paths of every `Get` in a value, those of look-ups included."""
    if isinstance(value, dict):
        if set(value) == {GET} and isinstance(value[GET], str):
            yield value[GET]
        else:
            for item in value.values():
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def resolve(value: Any, values: Values) -> Any:
    """The value with every expression in it replaced by what it stands for; Unresolved where one stands for nothing."""
    if isinstance(value, list):
        return [resolve(item, values) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {GET}:
        return _get(value[GET], values)
    if set(value) == {JOIN}:
        join = resolve(value[JOIN], values)
        return str(join.get("On", "")).join(_text(item) for item in join["Values"])
    if set(value) == {JSON_GET}:
        return _json_get(value[JSON_GET], values)
    return {name: resolve(item, values) for name, item in value.items()}


def holds(condition: Mapping[str, Any], values: Values) -> bool:
    """Whether a condition of a Condition step is true; Unresolved where its sides cannot be compared."""
    kind = condition["Type"]
    if kind == "Not":
        return not holds(condition["Expression"], values)
    if kind == "Or":
        return any(holds(one, values) for one in condition["Conditions"])
    if kind == "And":
        return all(holds(one, values) for one in condition["Conditions"])
    if kind == "In":
        return bool(resolve(condition["QueryValue"], values) in resolve(condition["Values"], values))
    left, right = resolve(condition["LeftValue"], values), resolve(condition["RightValue"], values)
    try:
        return _COMPARISONS[kind](left, right)
    except TypeError:
        raise Unresolved(f"{left!r} and {right!r} cannot be compared by {kind}") from None


def lookup(document: Any, path: list[str], whole: str) -> Any:
    """Follow a path; an element of a list is found by its position or by its name."""
    for part in path:
        found = _item(document, part)
        if found is None:
            raise Unresolved(f"{whole} has no value: there is no {part!r}")
        document = found
    return document


def _get(path: str, values: Values) -> Any:
    head, *rest = split(path)
    roots: dict[str, Mapping[str, Any]] = {
        "Parameters": values.parameters,
        "Execution": values.execution,
        "Steps": values.steps,
    }
    if head not in roots:
        raise Unresolved(f"{path} begins with none of {', '.join(roots)}")
    return lookup(roots[head], rest, path)


def _json_get(call: Mapping[str, Any], values: Values) -> Any:
    if "S3Uri" in call:
        uri = str(resolve(call["S3Uri"], values))
        return lookup(values.document(uri), split(call["Path"]), f"{call['Path']} of {uri}")
    _, step, _, name = split(call["PropertyFile"][GET])
    return lookup(values.property_file(step, name), split(call["Path"]), f"{call['Path']} of property file {name}")


def _item(document: Any, part: str) -> Any:
    if isinstance(document, Mapping):
        return document.get(part)
    if isinstance(document, list) and part.isdigit() and int(part) < len(document):
        return document[int(part)]
    if isinstance(document, list):
        return next((one for one in document if isinstance(one, dict) and part in map(one.get, _NAMES)), None)
    return None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
