"""docs/config.md and docs/team.schema.json, made from the schema in core/config/team.py."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.config.team import Team
from tools.config_page import HEAD
from tools.generated import ROOT, keep
from tools.schema_words import accepted, conditions, default, key, section
from tools.starter import example_of

PAGE, SCHEMA = ROOT / "docs" / "config.md", ROOT / "docs" / "team.schema.json"
TABLE = "| Key | Accepted | Default | Meaning |\n| --- | --- | --- | --- |\n"


def main() -> int:
    return keep(__doc__, lambda: {PAGE: page(), SCHEMA: schema()})


def schema() -> str:
    """The JSON Schema that editors use."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(dialect | _closed(Team.model_json_schema()), indent=2) + "\n"


def _closed(part: Any) -> Any:
    """pydantic writes the pattern of a mapping's keys, but not that there are no others."""
    if isinstance(part, dict):
        closed = {"additionalProperties": False} if "patternProperties" in part else {}
        return {key: _closed(value) for key, value in part.items()} | closed
    return [_closed(each) for each in part] if isinstance(part, list) else part


def page() -> str:
    return HEAD + "\n".join(_chapters())


def _chapters() -> Iterator[str]:
    yield f"## The file\n\n{TABLE}{''.join(rows(Team))}"
    for path, model in sections(Team):
        yield f"## {path}\n\n{_about(model)}\n\n{TABLE}{''.join(rows(model))}{_example(path, model)}"


def sections(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every section with its path; `[]` marks an item of a list."""
    for name, field in model.model_fields.items():
        inner, many = section(field)
        if inner is not None:
            path = f"{prefix}{name}{'[]' if many else ''}"
            yield path, inner
            yield from sections(inner, f"{path}.")


def rows(model: type[BaseModel]) -> Iterator[str]:
    """One table row a key of a section."""
    for name, field in model.model_fields.items():
        inner, many = section(field)
        accepts = accepted(model, name) if inner is None else "list of sections" if many else "section"
        condition = f" ({conditions(field)})" if conditions(field) else ""
        cells = (
            f"`{key(model, name)}`{condition}",
            accepts,
            _default(field, inner is not None),
            field.description or "",
        )
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _default(field: FieldInfo, is_section: bool) -> str:
    if field.is_required():
        return "required"
    value = default(field)
    if value is None:
        return "none"
    if is_section:
        return "its defaults"
    if isinstance(value, list | dict):
        return f"`{', '.join(map(str, value))}`"
    return f"`{json.dumps(value) if isinstance(value, bool) else value}`"


def _about(model: type[BaseModel]) -> str:
    return cleandoc(model.__doc__ or "")


def _example(path: str, model: type[BaseModel]) -> str:
    text = example_of(path, model)
    return f"\n```yaml\n{text}```\n" if text else ""


if __name__ == "__main__":
    sys.exit(main())
