"""The schema of the team file in words: what a key accepts, its default, an example."""

from __future__ import annotations

import json
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from core.config.strict import IN_WORDS


def section(field: FieldInfo) -> tuple[type[BaseModel] | None, bool]:
    """The section inside a key, and whether there can be several."""
    annotation: Any = field.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for part in get_args(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part, type(None) not in get_args(annotation)
    return None, False


def key(model: type[BaseModel], name: str) -> str:
    """As it is written in the file: a word of Python cannot name a field."""
    return model.model_fields[name].alias or name


def default(field: FieldInfo) -> Any:
    """What a key is without being given, as YAML would say it; None where that is nothing."""
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined or value is None:
        return None
    return json.loads(json.dumps(value, default=str)) or (value if isinstance(value, bool | int | float) else None)


def example(field: FieldInfo) -> Any:
    """A value that is accepted, in a file that has all the others."""
    return field.examples[0] if field.examples else default(field)


def conditions(field: FieldInfo) -> str:
    """With or without which other keys this one stands, or nothing."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    if "instead_of" in extra:
        return f"instead of {', '.join(map(str, extra['instead_of']))}"  # type: ignore[arg-type]
    return f"only with {extra['only_with']}" if "only_with" in extra else ""


def accepted(model: type[BaseModel], name: str) -> str:
    """What a key accepts, in a few words."""
    schema = model.model_json_schema()["properties"][key(model, name)]
    return " or ".join(text for option in schema.get("anyOf", [schema]) if (text := _of(option)))


def _of(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "")
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if kind == "array":
        many = " and ".join(_bounds(schema, (("minItems", "at least"), ("maxItems", "at most"))))
        return f"list of{f' {many}' if many else ''}: {_of(schema.get('items', {}))}"
    if kind == "object":
        return _mapping(schema)
    if kind == "string":
        return _text(schema)
    words = {"integer": "whole number", "number": "number", "boolean": "`true`, `false`", "null": ""}
    bounds = _bounds(
        schema,
        (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"), ("exclusiveMaximum", "below")),
    )
    return " ".join([words.get(kind, kind), *bounds]).strip()


def _mapping(schema: dict[str, Any]) -> str:
    if "properties" in schema:
        return ", ".join(f"`{{{name}: {_of(each)}}}`" for name, each in schema["properties"].items())
    values: dict[str, Any] = schema.get("additionalProperties") or next(
        iter(schema.get("patternProperties", {}).values()), {}
    )
    return f"mapping of names to: {' or '.join(filter(None, map(_of, values.get('anyOf', [values]))))}"


def _text(schema: dict[str, Any]) -> str:
    if schema.get("format") == "ipv4network":
        return "a network, as `10.20.0.0/16`"
    words = IN_WORDS.get(schema.get("pattern", ""), "text")
    return f"{words}, at most {schema['maxLength']} characters" if "maxLength" in schema else words


def _bounds(schema: dict[str, Any], words: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{word} {schema[key]}" for key, word in words if key in schema]
