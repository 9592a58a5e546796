"""Files and folders by their content."""

from __future__ import annotations

import filecmp
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

LEFT_OUT = frozenset({"__pycache__", ".DS_Store", ".mypy_cache", ".ruff_cache"})
"""What tools leave behind."""


def digest(path: Path) -> str:
    """Of names, contents and whether they can be executed. Raises OSError where something cannot be read."""
    found = hashlib.sha256()
    for name, file in _files(str(path), ""):
        with open(file, "rb") as opened:
            content = opened.read()
        found.update(f"{name}\0{os.access(file, os.X_OK)}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def _files(path: str, name: str) -> Iterator[tuple[str, str]]:
    """The files of a folder in one order, or the file itself: the name in the folder, and the path."""
    if os.path.isdir(path):
        for child in sorted(set(os.listdir(path)) - LEFT_OUT):
            yield from _files(f"{path}/{child}", f"{name}/{child}")
    elif os.path.exists(path):
        yield name, path


def written(path: Path) -> float:
    """When the last of its files was written, in seconds of the epoch; 0 where there is none."""
    return max((os.stat(file).st_mtime for _, file in _files(str(path), "")), default=0.0)


def mirror(source: Path, target: Path) -> None:
    """Make `target` the same as `source`. A file changes at once or not at all; one that is the same is left alone."""
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        names = {child.name for child in source.iterdir()}
        for child in target.iterdir():
            if child.name not in names:
                remove(child)
        for name in names:
            mirror(source / name, target / name)
    elif not (target.is_file() and filecmp.cmp(source, target, shallow=False)):
        descriptor, aside = tempfile.mkstemp(dir=target.parent, prefix=".")
        os.close(descriptor)
        shutil.copy(source, aside)
        Path(aside).replace(target)


def write(path: Path, text: str) -> None:
    """Aside, then rename."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False, encoding="utf-8") as aside:
        aside.write(text)
    Path(aside.name).chmod(0o644)
    Path(aside.name).replace(path)


def remove(path: Path) -> None:
    """A file or a folder; that another run was faster is no fault."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
