"""docs/config.md and docs/team.schema.json, made from the schema in core/config/team.py."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from core.config.team import Team

ROOT = Path(__file__).resolve().parents[1]
PAGE, SCHEMA = ROOT / "docs" / "config.md", ROOT / "docs" / "team.schema.json"

HEAD = """\
# The team file

One YAML file under `teams/` describes a team; `make synth` says whether it is valid, and every fault with its line.
This page is made from `core/config/team.py` by `make docs`. For completion while typing, point your editor to the
schema beside this page by this first line of the file:

    # yaml-language-server: $schema=../docs/team.schema.json

| Key | Accepted | Default | Meaning |
| --- | --- | --- | --- |
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is not current")
    told = parser.parse_args()
    made = {PAGE: page(), SCHEMA: json.dumps(Team.model_json_schema(), indent=2) + "\n"}
    if not told.check:
        for path, text in made.items():
            path.write_text(text)
        return 0
    stale = [path.name for path, text in made.items() if not path.exists() or path.read_text() != text]
    if stale:
        print(f"{' and '.join(stale)} under docs/ are not current; run `make docs`")
    return 1 if stale else 0


def page() -> str:
    return HEAD + "".join(f"{line}\n" for line in rows(Team))


def rows(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """One table row a key, sections before their keys. `[]` marks an item of a list."""
    for name, field in model.model_fields.items():
        inner, many = _section(field)
        path = f"{prefix}{name}{'[]' if many else ''}"
        default = "required" if field.is_required() else _default(field)
        meaning = (field.description or "").replace("|", "\\|")
        yield f"| `{path}` | {_accepted(model, name, inner)} | {default} | {meaning} |"
        if inner is not None:
            yield from rows(inner, f"{path}.")


def _section(field: FieldInfo) -> tuple[type[BaseModel] | None, bool]:
    """The model inside a field, and whether there can be several."""
    annotation: Any = field.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    for part in get_args(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part, True
    return None, False


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, BaseModel):
        return "its defaults"
    if value is PydanticUndefined or value is None:
        return "none"
    if isinstance(value, tuple | dict):
        return f"`{', '.join(map(str, value))}`" if value else "none"
    return f"`{json.dumps(value) if isinstance(value, bool) else value}`"


def _accepted(model: type[BaseModel], name: str, inner: type[BaseModel] | None) -> str:
    if inner is not None:
        return "section"
    schema = model.model_json_schema()["properties"][name]
    options = schema.get("anyOf", [schema])
    texts = [text for option in options if (text := _of_schema(option))]
    return " or ".join(texts).replace("|", "\\|")


def _of_schema(schema: dict[str, Any]) -> str:
    """What a JSON schema accepts, in a few words."""
    kind = schema.get("type", "")
    if kind == "null":
        return ""
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if kind == "array":
        return f"list of: {_of_schema(schema.get('items', {}))}"
    if kind == "object":
        values: dict[str, Any] = schema.get("additionalProperties") or next(
            iter(schema.get("patternProperties", {}).values()), {}
        )
        return f"mapping to: {' or '.join(filter(None, map(_of_schema, values.get('anyOf', [values]))))}"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true`, `false`"}
    bounds = [
        f"{word} {schema[key]}"
        for key, word in (
            ("minimum", "from"),
            ("exclusiveMinimum", "above"),
            ("maximum", "to"),
            ("exclusiveMaximum", "below"),
        )
        if key in schema
    ]
    pattern = f" matching `{schema['pattern']}`" if "pattern" in schema else ""
    network = " (a network, as `10.20.0.0/16`)" if schema.get("format") == "ipv4network" else ""
    return " ".join([words.get(kind, kind), *bounds]).strip() + pattern + network


if __name__ == "__main__":
    sys.exit(main())
