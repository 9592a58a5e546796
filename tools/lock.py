"""Resolve the direct dependencies anew: requirements.lock (hashes, Python 3.11 to 3.13), the lock of the scanners, the
locks of the container images and of the examples (held to the same versions) and package-lock.json."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
RESOLVE = ("pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet")
IMAGE = ("pip", "compile", "--python-version", "3.13", "--python-platform", "linux", "--generate-hashes", "--no-header")


def main() -> None:
    uv = [str(BIN / "uv"), *RESOLVE, "--no-emit-index-url", "--upgrade"]
    for name in ("requirements", "tools/scanners"):
        subprocess.run([*uv, f"{name}.txt", "-o", f"{name}.lock"], cwd=ROOT, check=True)
    images = [*(ROOT / "containers" / "requirements").glob("*.txt"), *(ROOT / "examples").rglob("requirements.txt")]
    for wanted in sorted(images):
        uv = [str(BIN / "uv"), *IMAGE, "--quiet", "--no-emit-index-url", "--upgrade", "-c", "requirements.lock"]
        relative = wanted.relative_to(ROOT)
        subprocess.run([*uv, str(relative), "-o", str(relative.with_suffix(".lock"))], cwd=ROOT, check=True)
    subprocess.run(
        [str(BIN / "npm"), "install", "--package-lock-only", "--no-audit", "--no-fund"], cwd=ROOT, check=True
    )
    _drop_registry(ROOT / "package-lock.json")


def _drop_registry(lock: Path) -> None:
    """The lock pins by content; where a package is fetched from is the user's own npm configuration."""
    value = json.loads(lock.read_text())
    for package in value["packages"].values():
        package.pop("resolved", None)
    lock.write_text(json.dumps(value, indent=2) + "\n")


if __name__ == "__main__":
    main()
