"""checkov, in an environment of its own: it pins packages that ours has in other versions.

The environment is made from tools/scanners.lock on first use; from then on it needs no network. checkov is told to ask
nobody: no API key, no download of mappings.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tools.scan.found import ROOT, Found, Template

NAME = "checkov"
LOCK = ROOT / "tools" / "scanners.lock"
VENV = ROOT / ".venv-scanners"
UV, PYTHON = ROOT / ".venv" / "bin" / "uv", ROOT / ".venv" / "bin" / "python"
OFFLINE = (
    "--framework",
    "cloudformation",
    "--skip-download",
    "--quiet",
    "--compact",
    "--soft-fail",
    "--output",
    "json",
)


def scan(templates: list[Template]) -> list[Found]:
    environment()
    with tempfile.TemporaryDirectory() as folder:
        by_name = {f"{template.id}.template.json": template for template in templates}
        for name, template in by_name.items():
            shutil.copy(template.file, Path(folder, name))
        command = [str(VENV / "bin" / "checkov"), *OFFLINE, "--directory", folder]
        settings = {key: value for key, value in os.environ.items() if not key.startswith(("BC_", "PRISMA_", "CKV_"))}
        run = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"checkov failed: {run.stderr[-2000:] or run.stdout[-2000:]}")
    return _read(json.loads(run.stdout), by_name)


def _read(report: dict[str, Any], by_name: dict[str, Template]) -> list[Found]:
    if "results" not in report:
        raise RuntimeError(f"checkov checked nothing: {json.dumps(report)[:200]}")
    if broken := report["results"].get("parsing_errors"):
        raise RuntimeError(f"checkov cannot read {', '.join(broken)}")
    return [_found(by_name[Path(each["file_path"]).name], each) for each in report["results"]["failed_checks"]]


def _found(template: Template, check: dict[str, Any]) -> Found:
    logical_id = check["resource"].rpartition(".")[2]
    return Found(NAME, check["check_id"], template.stage, template.stack, logical_id, check["check_name"])


def environment() -> None:
    """Make `.venv-scanners` what the lock says, unless it is. Two at a time wait for each other."""
    wanted = hashlib.sha256(LOCK.read_bytes() + str(VENV).encode()).hexdigest()
    stamp = VENV / "installed"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    with (ROOT / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        shutil.rmtree(VENV, ignore_errors=True)
        for step in (
            [str(UV), "venv", "--quiet", "--python", str(PYTHON), str(VENV)],
            [
                str(UV),
                "pip",
                "sync",
                "--quiet",
                "--python",
                str(VENV / "bin" / "python"),
                "--require-hashes",
                str(LOCK),
            ],
        ):
            run = subprocess.run(step, cwd=ROOT, capture_output=True, text=True, check=False)
            if run.returncode:
                said = run.stderr.strip().splitlines() or ["no reason given"]
                raise RuntimeError(
                    f"cannot set up the scanners from tools/scanners.lock: {said[-1]}; is PyPI reachable?"
                )
        stamp.write_text(wanted)
