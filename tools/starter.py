"""A team file to start with: every key of the schema, with its meaning; what is optional is commented out.

`# ` begins a sentence. `#key: value` is a key that can be had by taking the `#` away, from it and from what it stands
in. `##key: value` cannot stand beside the others: the sentence above it says what it needs or replaces.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tools.schema_words import accepted, conditions, default, example, key, section

WIDTH = 118
OPTION, ALTERNATIVE = "#", "##"


def lines(model: type[BaseModel], given: Mapping[str, Any], indent: str = "", mark: str = "") -> Iterator[str]:
    """Every key of a section. `given` are values that stand in the file without a mark."""
    for name, field in model.model_fields.items():
        if not indent and name != next(iter(model.model_fields)):
            yield ""
        inner, many = section(field)
        yield from _sentences(model, name, field, inner is not None, indent)
        of_key = mark or ("" if name in given or field.is_required() else OPTION)
        if conditions(field):
            of_key = ALTERNATIVE
        if inner is None:
            yield from _value(key(model, name), given.get(name, example(field)), indent, of_key)
            continue
        yield f"{indent}{of_key}{key(model, name)}:"
        below = given.get(name, {})
        items = below if many and below else [below]
        for item in items:
            made = lines(inner, item, f"{indent}    " if many else f"{indent}  ", of_key)
            yield from _item(made, f"{indent}  ") if many else made


def _item(made: Iterator[str], indent: str) -> Iterator[str]:
    """The lines of a list's item: its first key has the dash, and the sentences before it stand where the dash is."""
    started = False
    for line in made:
        text = line.lstrip()
        if started or text.startswith("# "):
            yield line if started else f"{indent}{text}"
            continue
        started = True
        marks = len(text) - len(text.lstrip("#"))
        yield f"{indent}{text[:marks]}- {text[marks:]}"


def _sentences(model: type[BaseModel], name: str, field: FieldInfo, is_section: bool, indent: str) -> Iterator[str]:
    what = field.description or ""
    if not is_section:
        accepts = accepted(model, name).replace("`", "")
        what += "" if accepts == "true, false" else f" Accepted: {accepts}."
        if not field.is_required() and example(field) != default(field):
            what += f" Default: {_shown(default(field))}."
    yield from textwrap.wrap(what, WIDTH - len(indent), initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def _shown(value: Any) -> str:
    return "none" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _value(name: str, value: Any, indent: str, mark: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield f"{indent}{mark}{name}:"
        for inner, part in value.items():
            yield from _value(inner, part, f"{indent}  ", mark)
    elif isinstance(value, str) and "\n" in value:
        yield f"{indent}{mark}{name}: |"
        yield from (f"{indent}  {mark}{line}" for line in value.splitlines())
    elif len(line := f"{indent}{mark}{name}: {flow(value)}") <= WIDTH:
        yield line
    else:
        yield f"{indent}{mark}{name}:"
        yield from (f"{indent}  {mark}- {flow(item)}" for item in value)


def flow(value: Any) -> str:
    """A value in one line of YAML."""
    text = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def example_of(path: str, model: type[BaseModel]) -> str:
    """A section in YAML with the keys that are required or have an example, or nothing where no key is."""
    keys = {
        key(model, name): example(field)
        for name, field in model.model_fields.items()
        if section(field)[0] is None and (field.is_required() or field.examples) and not conditions(field)
    }
    if not keys:
        return ""
    made = [line for each, value in keys.items() for line in _value(each, value, "", "")]
    for part in reversed(path.split(".")):
        name = part.removesuffix("[]")
        first = "" if part == name else "- "
        made = [
            f"{name}:",
            *(f"  {first if index == 0 else ' ' * len(first)}{line}" for index, line in enumerate(made)),
        ]
    return "".join(f"{line}\n" for line in made)
