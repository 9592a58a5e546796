"""What the images are made of, and the tag that says which content an image has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

SOURCES = ("containers", "core")


def content_tag(root: Path, sources: Iterable[str] = SOURCES) -> str:
    """Hash of everything below `root` that goes into the images: the same content has the same tag, another another."""
    digest = hashlib.sha256()
    for path in content_files(root, sources):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def content_files(root: Path, sources: Iterable[str] = SOURCES) -> list[Path]:
    """What is hashed, and what a build elsewhere needs: every file of these folders, in order."""
    files = (path for folder in sources for path in (root / folder).rglob("*"))
    return sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts)
