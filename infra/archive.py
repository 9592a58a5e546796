"""Files as one zip archive that is the same for the same content: an asset of one file is staged in no time."""

from __future__ import annotations

import hashlib
import io
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

FOLDER = Path(__file__).parents[1] / "build" / "archives"
LONGEST_KEPT_S = 30 * 24 * 3600
READABLE = 0o644 << 16
"""Where a zip archive keeps the file's mode."""


def archived(name: str, files: Mapping[str, bytes]) -> Path:
    """`files`: content by path. Nothing is compressed: that takes longer than it saves on what is synthesized here."""
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_STORED) as archive:
        for path, data in sorted(files.items()):
            info = ZipInfo(path)  # of 1980: a time would make another archive
            info.external_attr = READABLE
            archive.writestr(info, data)
    data = content.getvalue()
    target = FOLDER / f"{name}-{hashlib.sha256(data).hexdigest()[:16]}.zip"
    if target.is_file() and target.read_bytes() == data:
        target.touch()
    else:
        _write(target, data)
    return target


def _write(target: Path, data: bytes) -> None:
    """Aside, then rename: runs side by side see all of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as aside:
        aside.write(data)
    Path(aside.name).chmod(0o644)
    Path(aside.name).replace(target)
    for old in target.parent.iterdir():
        with suppress(FileNotFoundError):  # a run beside this one tidied up as well
            if time.time() - old.stat().st_mtime > LONGEST_KEPT_S:
                old.unlink()
