"""Lint, types, layers, generated pages, scans of the templates and fast tests, two at a time; prints what failed in
full, and how the templates stand to their bars."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
PYTEST = (sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
"""As `make test`: what tests of a file share is made once, and `tests/conftest.py` says which file comes first."""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    command: tuple[str, ...]
    shown: bool = False
    """Whether what it says is worth reading when it passes."""


CHECKS = (
    Check("types (mypy --strict)", (f"{BIN}/mypy",)),
    Check("fast tests", (*PYTEST, "-m", "not slow")),
    Check("templates (guard, cfn-lint, cdk-nag, checkov)", (sys.executable, "-m", "tools.scan"), shown=True),
    Check("lint (ruff)", (f"{BIN}/ruff", "check", ".")),
    Check("format (ruff)", (f"{BIN}/ruff", "format", "--check", ".")),
    Check("layers (import-linter)", (f"{BIN}/lint-imports", "--no-logo")),
    Check("generated pages", (sys.executable, "-m", "tools.config_reference", "--check")),
    Check("the page about access", (sys.executable, "-m", "tools.access_reference", "--check")),
)


def main() -> int:
    with ThreadPoolExecutor(2) as pool:
        passed = list(pool.map(_run, CHECKS))
    return 0 if all(passed) else 1


def _run(check: Check) -> bool:
    started = time.monotonic()
    run = subprocess.run(check.command, cwd=ROOT, capture_output=True, text=True)
    took = f"{time.monotonic() - started:5.1f} s"
    if run.returncode:
        print(f"FAILED  {took}  {check.name}\n{run.stdout}{run.stderr}", flush=True)
    else:
        print(f"ok      {took}  {check.name}{_indented(run.stdout) if check.shown else ''}", flush=True)
    return run.returncode == 0


def _indented(text: str) -> str:
    return "".join(f"\n    {line}" for line in text.rstrip().splitlines())


if __name__ == "__main__":
    sys.exit(main())
