"""A team file as it lies in its folder, with the line of every value, so that a fault can be shown where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.config import document
from core.config.document import LARGEST_BYTES, NotADocument
from core.config.plain import Finding, Location, plain


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
    lines: dict[Location, int] = field(default_factory=dict)
    written: dict[Location, str] = field(default_factory=dict)
    """Scalars without quotes, as they stand in the file."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with the file itself: not text, not YAML, or a key given twice."""

    def fault(self, at: Location, problem: str) -> Fault:
        """A fault at a value; one that is missing is shown at the nearest value around it."""
        return Fault(self.file, self.line(at), ".".join(map(str, at)), problem)

    def line(self, at: Location) -> int:
        nearest = at
        while nearest and nearest not in self.lines:
            nearest = nearest[:-1]
        return self.lines.get(nearest, 1)


def read(path: Path, shown_as: str) -> Source:
    """Parse one file. Faults of the file are returned, not raised."""
    try:
        return _parsed(_text(path), shown_as)
    except NotADocument as fault:
        return Source(shown_as, None, {(): fault.line}, findings=(((), str(fault)),))


def _text(path: Path) -> str:
    if path.is_symlink() and not path.exists():
        raise NotADocument(1, f"is a link to {path.readlink()}, which does not exist")
    if not path.is_file():
        raise NotADocument(1, f"is {'a folder' if path.is_dir() else 'no file'}; accepted: a text file")
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise NotADocument(1, f"cannot be read: {error.strerror}") from None
    if len(data) > LARGEST_BYTES:
        raise NotADocument(1, f"is larger than {LARGEST_BYTES // 1024} KiB; accepted: one team's file")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotADocument(line, f"is not UTF-8 text: {error.reason}; save it as UTF-8") from None


def _parsed(text: str, shown_as: str) -> Source:
    root = document.compose(text)
    if root is None:
        return Source(shown_as, None)
    read = plain(root)
    return Source(shown_as, read.value, read.lines, read.written, tuple(read.findings))
