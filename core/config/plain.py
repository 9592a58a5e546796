"""Nodes of a YAML document as plain values, with the line of every value and every scalar as it was written."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

Location = tuple[str | int, ...]
Finding = tuple[Location, str]
MERGE = "tag:yaml.org,2002:merge"
TRUE = frozenset({"true", "yes", "on"})
NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and halves of characters; a quoted text can hold them as escapes."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A document as values that JSON has as well."""

    value: Any
    lines: dict[Location, int] = field(default_factory=dict)
    written: dict[Location, str] = field(default_factory=dict)
    """Scalars without quotes as they stand in the file: `no` is the boolean false to YAML."""
    findings: list[Finding] = field(default_factory=list)


def plain(root: yaml.Node) -> Plain:
    """What is wrong with single values (a tag, a key given twice) is in `findings`."""
    into = Plain(None)
    return Plain(_value(root, (), into), into.lines, into.written, into.findings)


def _value(node: yaml.Node, at: Location, into: Plain) -> Any:
    into.lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        return _mapping(node, at, into)
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        return [_value(part, (*at, index), into) for index, part in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, at, into)
    into.findings.append((at, f"found the tag {node.tag}; tags mean nothing in a team file, leave it out"))
    return None


def _mapping(node: yaml.MappingNode, at: Location, into: Plain) -> dict[str, Any]:
    """Keys are texts as they were written: a feature may be called `no`."""
    own: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    first: dict[str, int] = {}
    for key, value in sorted(node.value, key=lambda pair: pair[0].tag != MERGE):
        line = key.start_mark.line + 1
        if key.tag == MERGE:
            merged |= _merged(value, at, into)
        elif not isinstance(key, yaml.ScalarNode):
            into.findings.append((at, f"has {_kind(key)} as a key in line {line}; accepted: a text"))
        elif key.value in first:
            again = (*at, key.value)
            into.findings.append((again, f"is given twice, first in line {first[key.value]}; give it once"))
            into.lines[again] = line
        else:
            first[key.value] = line
            into.lines[(*at, key.value)] = line
            own[key.value] = _value(value, (*at, key.value), into)
    return {**merged, **own}


def _merged(value: yaml.Node, at: Location, into: Plain) -> dict[str, Any]:
    """What `<<` brings in; of several, the first that has a key gives its value."""
    given: dict[str, Any] = {}
    for each in value.value if isinstance(value, yaml.SequenceNode) else [value]:
        if isinstance(each, yaml.MappingNode):
            given = {**_mapping(each, at, into), **given}
        else:
            into.findings.append((at, f"merges {_kind(each)} with <<; accepted: a mapping, or a list of mappings"))
    return given


def _scalar(node: yaml.ScalarNode, at: Location, into: Plain) -> Any:
    text: str = node.value
    if node.style is None:
        into.written[at] = text
    if bad := NO_TEXT.search(text):
        into.findings.append((at, f"holds the character U+{ord(bad[0]):04X}; accepted: text"))
        return None
    match node.tag.removeprefix("tag:yaml.org,2002:"):
        case "str":
            return text
        case "null":
            return None
        case "bool":
            return text.lower() in TRUE
        case "int" | "float" as kind:
            return _number(text, kind, at, into)
    into.findings.append((at, f"found the tag {node.tag}; tags mean nothing in a team file, leave it out"))
    return None


def _number(text: str, kind: str, at: Location, into: Plain) -> int | float | None:
    try:
        number = int(text.replace("_", ""), 0) if kind == "int" else _float(text)
    except ValueError:
        into.findings.append((at, f"found {text[:40]!r}, which is no number; accepted: a number, or a text in quotes"))
        return None
    if not abs(number) < 1e18:  # also where it is nan
        into.findings.append((at, f"found {text[:40]}; accepted: a number of an ordinary size, or a text in quotes"))
        return None
    return number


def _float(text: str) -> float:
    """YAML writes a dot before inf and nan; `!!float` may stand before any text."""
    if text.lower().lstrip("+-") in (".inf", ".nan"):
        return math.nan
    return float(text)


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value)
    return "a mapping" if isinstance(node, yaml.MappingNode) else "a list"
