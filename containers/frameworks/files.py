"""The files of a model, from a folder or from the archive model.tar.gz."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

from core.contracts import signature

ARCHIVE = "model.tar.gz"
BACKGROUND = "background.npy"
MODEL_FILES = {
    "model.json": "xgboost",
    "model.txt": "LightGBM",
    "model.pt2": "torch.export",
    "model.onnx": "ONNX",
}
"""Of which an archive holds one, and whose each is."""
NAMES = (signature.FILE, BACKGROUND, *MODEL_FILES)
LARGEST = 2 << 30
"""Bytes of one file."""


def read(folder: Path) -> dict[str, bytes]:
    """Contents by name: the signature, one model and, where there is one, the background.

    Raises ValueError for a file that is missing, two models, and a file that is too large.
    """
    archive = folder / ARCHIVE
    found = _unpacked(archive) if archive.exists() else _beside(folder)
    _check(found, archive if archive.exists() else folder)
    return found


def model_file(names: dict[str, bytes]) -> str:
    return next(name for name in MODEL_FILES if name in names)


def _beside(folder: Path) -> dict[str, bytes]:
    files = [folder / name for name in NAMES if (folder / name).is_file()]
    for file in files:
        _small(file.name, file.stat().st_size, folder)
    return {file.name: file.read_bytes() for file in files}


def _unpacked(archive: Path) -> dict[str, bytes]:
    """Raises ValueError for what is no archive, or a part of one."""
    try:
        return _members(archive)
    except (tarfile.TarError, EOFError, zlib.error) as fault:
        why = str(fault).partition("\n")[0].rstrip(":")
        raise ValueError(f"{archive} is no archive of tar and gzip, or not all of one: {why}") from None


def _members(archive: Path) -> dict[str, bytes]:
    """The files by their names; whatever else lies in the archive is not touched, and nothing is written."""
    found: dict[str, bytes] = {}
    with tarfile.open(archive) as members:
        for member in members:
            name = member.name.removeprefix("./")
            if name in NAMES and member.isfile():
                _small(name, member.size, archive)
                content = members.extractfile(member)
                assert content is not None  # isfile() said so
                found[name] = content.read()
    return found


def _small(name: str, size: int, where: Path) -> None:
    if size > LARGEST:
        raise ValueError(f"{name} in {where} has {size} bytes, more than {LARGEST}")


def _check(found: dict[str, bytes], where: Path) -> None:
    models = [name for name in MODEL_FILES if name in found]
    accepted = ", ".join(f"{name} ({whose})" for name, whose in MODEL_FILES.items())
    missing = [] if models else [f"no model (accepted is one of {accepted})"]
    if signature.FILE not in found:
        missing.append(f"no {signature.FILE}")
    if missing:
        raise ValueError(f"{where} holds {' and '.join(missing)}")
    if len(models) > 1:
        raise ValueError(f"{where} holds {' and '.join(models)}; accepted is one of {accepted}")


def first_line(fault: BaseException) -> str:
    """What a framework says of a file; the rest is its stack."""
    return (str(fault).splitlines() or [type(fault).__name__])[0]
