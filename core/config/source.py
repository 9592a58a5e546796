"""A YAML file with the line of every value, so that a fault can be shown where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a file: where, what was found, and what is accepted."""

    file: str
    line: int
    path: str
    problem: str

    def __str__(self) -> str:
        at = f"{self.path}: " if self.path else ""
        return f"{self.file}:{self.line}: {at}{self.problem}"


@dataclass(frozen=True, slots=True)
class Source:
    """One parsed file."""

    file: str
    value: Any
    lines: dict[Location, int]
    faults: tuple[Fault, ...]
    """Faults of the file itself: not YAML, or a key given twice."""

    def fault(self, at: Location, problem: str) -> Fault:
        """A fault at a value; one that is missing is shown at the nearest value around it."""
        nearest = at
        while nearest and nearest not in self.lines:
            nearest = nearest[:-1]
        return Fault(self.file, self.lines.get(nearest, 1), ".".join(map(str, at)), problem)


def read(path: Path, shown_as: str) -> Source:
    """Parse one file. Faults of the file are returned, not raised."""
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        value = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        return Source(shown_as, None, {}, (Fault(shown_as, 1, "", f"is not UTF-8 text: {error.reason}"),))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return Source(shown_as, None, {}, (Fault(shown_as, line, "", f"is not YAML: {error.problem}"),))
    except yaml.YAMLError as error:
        return Source(shown_as, None, {}, (Fault(shown_as, 1, "", f"is not YAML: {str(error).splitlines()[0]}"),))
    lines = dict(_lines(root, ())) if root else {}
    twice = tuple(_repeated_keys(shown_as, root, ())) if root else ()
    return Source(shown_as, value, lines, twice)


def _lines(node: yaml.Node, at: Location) -> Iterator[tuple[Location, int]]:
    yield at, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*at, str(key.value)))
            yield (*at, str(key.value)), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*at, index))


def _repeated_keys(file: str, node: yaml.Node, at: Location) -> Iterator[Fault]:
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                path = ".".join(map(str, (*at, name)))
                yield Fault(file, line, path, f"is given twice, first in line {seen[name]}; give it once")
            seen.setdefault(name, line)
            yield from _repeated_keys(file, value, (*at, name))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _repeated_keys(file, value, (*at, index))
