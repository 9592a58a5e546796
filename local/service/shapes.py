"""Values between their three forms: CloudFormation property, API value, json-1.1 on the wire."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any


def coerce(shape: Any, value: Any) -> Any:
    """API value of a CloudFormation property value.

    CloudFormation carries numbers and booleans as text, tag maps as lists of
    Key and Value, and JSON documents as objects. Members that `shape` (a
    botocore shape) does not know are dropped; a text that is no number stays
    as it is, so that validation can name it.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        known = shape.members
        return {name: coerce(known[name], item) for name, item in value.items() if name in known and item is not None}
    if kind == "list" and isinstance(value, (list, tuple)):
        return [coerce(shape.member, item) for item in value]
    if kind == "map":
        pairs = {tag["Key"]: tag["Value"] for tag in value} if isinstance(value, list) else value
        return {key: coerce(shape.value, item) for key, item in pairs.items()} if isinstance(pairs, dict) else pairs
    if isinstance(value, str):
        return _from_text(kind, value)
    if kind == "string" and value is not None:
        return json.dumps(value) if isinstance(value, (dict, list, bool)) else str(value)
    return value


def shape_output(shape: Any, value: Any) -> Any:
    """What `shape` declares of `value`, as json-1.1 writes it: epoch seconds for times, base64 for bytes."""
    if shape is None:
        return {}
    kind = shape.type_name
    if kind == "structure":
        members = shape.members
        return {name: shape_output(members[name], value[name]) for name in members if value.get(name) is not None}
    if kind == "list":
        return [shape_output(shape.member, item) for item in value]
    if kind == "map":
        return {key: shape_output(shape.value, item) for key, item in value.items()}
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _from_text(kind: str, text: str) -> Any:
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
    except ValueError:
        return text
    if kind == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text
