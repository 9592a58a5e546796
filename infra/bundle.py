"""Lambda assets: one function's package, what the functions share, and the parts of core that they may use.

Copied, not installed: functions need the standard library and the runtime's boto3 only. A bundle lies in a folder
that is named after its content, so that the same sources always make the same asset and two runs never meet.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from infra.archive import archived

ROOT = Path(__file__).parents[1]
STAGING = ROOT / "build" / "lambdas"
CORE = (
    "core/__init__.py",
    "core/names",
    "core/contracts",
    "core/diagnosis",
    "core/governance",
    "core/remediation",
)
ENTRY = "handler.py"


@cache
def bundle_archive(function: str) -> Path:
    """What is shipped: the bundle as one file. Raises LookupError where there is no such function."""
    return archived(function, _sources(function))


@cache
def bundle(function: str) -> Path:
    """Folder with everything that the function imports. Raises LookupError where there is no such function."""
    sources = _sources(function)
    digest = hashlib.sha256(b"".join(f"{n}\0{len(c)}\0".encode() + c for n, c in sorted(sources.items())))
    target = STAGING / f"{function}-{digest.hexdigest()[:16]}"
    if not _holds(target, sources):
        _stage(sources, target)
    return target


def _sources(function: str) -> dict[str, bytes]:
    if not (ROOT / "lambdas" / function / ENTRY).is_file():
        raise LookupError(f"there is no lambdas/{function}/{ENTRY}")
    return {path.relative_to(ROOT).as_posix(): _content(path) for path in _files(function)}


@cache
def _content(path: Path) -> bytes:
    """Read once: most files are in every function's bundle."""
    return path.read_bytes()


def _holds(target: Path, sources: Mapping[str, bytes]) -> bool:
    """Whether these files lie there, and no others."""
    there = {path.relative_to(target).as_posix(): path for path in target.rglob("*") if path.is_file()}
    return there.keys() == sources.keys() and all(path.read_bytes() == sources[name] for name, path in there.items())


def _files(function: str) -> list[Path]:
    """Sources of one function. In `lambdas/`, a folder with a handler is a function; everything else is shared."""
    lambdas = ROOT / "lambdas"
    others = [path.parent for path in lambdas.glob(f"*/{ENTRY}") if path.parent.name != function]
    own = [path for path in lambdas.rglob("*.py") if not any(path.is_relative_to(other) for other in others)]
    carried = [ROOT / part for part in CORE]
    of_core = [path for part in carried for path in ([part] if part.is_file() else part.rglob("*.py"))]
    return [*own, *of_core]


def _stage(sources: dict[str, bytes], target: Path) -> None:
    """Write aside, then rename: a bundle is there as a whole or not at all."""
    STAGING.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=STAGING))
    for name, content in sources.items():
        file = aside / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    aside.chmod(0o755)
    try:
        aside.rename(target)
    except OSError:  # another run was faster, or somebody changed what lies there
        if _holds(target, sources):
            shutil.rmtree(aside)
        else:
            shutil.rmtree(target, ignore_errors=True)
            aside.rename(target)
