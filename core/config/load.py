"""Team files -> teams. All faults of all files are reported at once, each with file, line and what is accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.config import rules, schema_faults, source
from core.config.plain import Finding
from core.config.source import Fault, Source
from core.config.team import Team

FILLED_IN: Mapping[str, Any] = {
    "team": "unnamed",
    "owners": ["nobody@example.com"],
    "environments": [{"name": "unnamed"}],
}
"""Stands for a required section that is faulty, while the rules look at the others."""

KINDS = {str: "a text", list: "a list", bool: "a boolean", int: "a number", float: "a number"}


class InvalidTeams(ValueError):
    """The team files cannot be used; `faults` says all that is wrong with them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in the team files"
        super().__init__("\n".join([f"{count}; nothing was made:", *(f"  {fault}" for fault in faults)]))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class _Read:
    """A file, what could be understood of it, and which of its sections could not."""

    source: Source
    team: Team | None
    faulty: frozenset[str]
    findings: tuple[Finding, ...]


def load_teams(folder: Path) -> tuple[Team, ...]:
    """Every `*.yaml` of a folder, in order of the file name.

    Raises InvalidTeams, and NotADirectoryError or FileNotFoundError where there is no such folder or no file in it.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder; it should hold one YAML file for each team")
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    misnamed = [path for path in paths if path.suffix != ".yaml" and path.suffix.lower() in (".yml", ".yaml")]
    files = [path for path in paths if path.suffix == ".yaml"]
    if not files and not misnamed:
        raise FileNotFoundError(f"{folder} holds no *.yaml; write one for each team: `make team NAME=...` starts it")
    reads = {file: _read(source.read(path, file)) for path in files for file in [f"{folder.name}/{path.name}"]}
    faults = [Fault(f"{folder.name}/{path.name}", 1, "", _rename(path)) for path in misnamed]
    for read in reads.values():
        by_rules = rules.within(read.team, folder, read.faulty) if read.team else ()
        faults += [read.source.fault(*found) for found in (*read.findings, *by_rules)]
    faults += _between(reads)
    if faults:
        raise InvalidTeams(tuple(sorted(set(faults), key=lambda fault: (fault.file, fault.line, fault.path))))
    return tuple(read.team for read in reads.values() if read.team is not None)


def _rename(path: Path) -> str:
    return f"is not read: team files end in .yaml; rename it to {path.stem}.yaml, or move it away"


def _between(reads: Mapping[str, _Read]) -> Iterator[Fault]:
    teams = [(file, read.team, read.faulty) for file, read in reads.items() if read.team is not None]
    for file, at, problem in rules.between(teams):
        yield reads[file].source.fault(at, problem)


def _read(read: Source) -> _Read:
    value, found = read.value, list(read.findings)
    if not isinstance(value, dict):
        kind = KINDS.get(type(value), "nothing")
        found = found or [((), f"holds {kind}; accepted: a mapping with team, owners, environments, ...")]
        return _Read(read, None, frozenset(), tuple(found))
    try:
        return _Read(read, _team(value), _sections(found), tuple(found))
    except ValidationError as error:
        found += schema_faults.findings(error, read)
    faulty = _sections(found)
    return _Read(read, _team(_without(value, faulty)), faulty, tuple(found))


def _sections(found: list[Finding]) -> frozenset[str]:
    return frozenset(str(at[0]) for at, _ in found if at)


def _team(value: dict[str, Any]) -> Team:
    """By the rules of JSON: a number in quotes is a text, and a list of one is no single value."""
    return Team.model_validate_json(json.dumps(value), strict=True)


def _without(value: dict[str, Any], faulty: frozenset[str]) -> dict[str, Any]:
    """The sections that can be understood, so that what is wrong with them is told as well."""
    return {**FILLED_IN, **{key: part for key, part in value.items() if key not in faulty}}
