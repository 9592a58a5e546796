"""What the images are made of, and the tag that says which content an image has."""

from __future__ import annotations

import hashlib
from pathlib import Path

SOURCES = ("containers", "core")


def content_tag(root: Path) -> str:
    """Hash of everything below `root` that goes into the images: the same content has the same tag, another another."""
    digest = hashlib.sha256()
    files = (path for folder in SOURCES for path in (root / folder).rglob("*"))
    for path in sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]
