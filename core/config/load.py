"""Team files -> teams. All faults of all files are reported at once, each with file, line and what is accepted."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from core.config import rules, source
from core.config.source import Fault, Location, Source
from core.config.team import Team

ACCEPTED = {
    "string_type": "a text; put it in quotes",
    "string_pattern_mismatch": "a text that matches {pattern}",
    "tuple_type": "a list",
}
"""What is accepted, where pydantic's own words would not help somebody who writes YAML."""


class InvalidTeams(ValueError):
    """The team files cannot be used; `faults` says all that is wrong with them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in the team files"
        super().__init__("\n".join([f"{count}; nothing was made:", *(f"  {fault}" for fault in faults)]))
        self.faults = faults


def load_teams(folder: Path) -> tuple[Team, ...]:
    """Every `*.yaml` of a folder, in order of the file name.

    Raises InvalidTeams, and NotADirectoryError or FileNotFoundError where there is no such folder or no file in it.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder; it should hold one YAML file for each team")
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise FileNotFoundError(f"{folder} holds no *.yaml; write one for each team, see docs/config.md")
    sources = {f"{folder.name}/{path.name}": source.read(path, f"{folder.name}/{path.name}") for path in paths}
    faults: list[Fault] = []
    teams: dict[str, Team] = {}
    for file, read in sources.items():
        team, found = _team(read)
        faults += found
        if team is not None:
            teams[file] = team
            faults += [read.fault(at, problem) for at, problem in rules.within(team)]
    faults += [sources[file].fault(at, problem) for file, at, problem in rules.between(teams.items())]
    if faults:
        raise InvalidTeams(tuple(sorted(faults, key=lambda fault: (fault.file, fault.line))))
    return tuple(teams.values())


def _team(read: Source) -> tuple[Team | None, list[Fault]]:
    if read.faults:
        return None, list(read.faults)
    if not isinstance(read.value, dict):
        kind = "nothing" if read.value is None else type(read.value).__name__
        return None, [read.fault((), f"holds {kind}; accepted: a mapping with team, owners, environments, ...")]
    try:
        return Team.model_validate(read.value), []
    except ValidationError as error:
        found = [item for item in error.errors() if not _follows_from_another(item, error.errors())]
        return None, [read.fault(_location(item["loc"]), _problem(item)) for item in found]


def _follows_from_another(item: Any, errors: list[Any]) -> bool:
    """pydantic also calls a list too short when all of its items are faulty."""
    at = item["loc"]
    return item["type"] == "too_short" and any(other["loc"][: len(at)] == at and other["loc"] != at for other in errors)


def _location(loc: tuple[str | int, ...]) -> Location:
    """pydantic marks a faulty mapping key with '[key]' behind it; the key itself is where the fault stands."""
    return tuple(part for part in loc if part != "[key]")


def _problem(item: Any) -> str:
    """What was found and what is accepted, for one of pydantic's errors."""
    kind, name = item["type"], item["loc"][-1]
    if kind == "missing":
        return "is missing; it is required"
    if kind == "extra_forbidden":
        accepted = list(_fields_at(item["loc"][:-1]))
        near = difflib.get_close_matches(str(name), accepted, 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        return f"is not a key here; accepted: {', '.join(accepted)}{meant}"
    found = f"found {_short(item['input'])}"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"{found}; accepted: a mapping of {', '.join(_fields_at(item['loc'])) or 'names to values'}"
    if kind in ACCEPTED:
        return f"{found}; accepted: {ACCEPTED[kind].format(**item.get('ctx', {}))}"
    accepted_text = item["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return f"{found}; accepted: {accepted_text[0].lower()}{accepted_text[1:]}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _fields_at(loc: tuple[str | int, ...]) -> Iterator[str]:
    """Keys that the schema accepts at a place."""
    model: Any = Team
    for part in loc:
        if isinstance(part, str):
            field = model.model_fields.get(part)
            model = _model_in(field.annotation) if field else None
        if model is None:
            return
    yield from model.model_fields


def _model_in(annotation: Any) -> Any:
    """The model inside an annotation such as `tuple[Member, ...]`, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
