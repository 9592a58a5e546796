"""Runs the app as `cdk` does, and says what it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ACCOUNT = "000000000000"


def run_app(out: Path, account: str | None = ACCOUNT, **context: str) -> subprocess.CompletedProcess[str]:
    """`python app.py` into the folder `out`; records of what holds data lie beside it, where the context says none."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    environment.pop("CI", None)
    context = {"kept": f"{out}-kept", **context}
    environment |= {"CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(context), "CDK_VALIDATION": "false"}
    if account is not None:
        environment["CDK_DEFAULT_ACCOUNT"] = account
    return subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, text=True, capture_output=True, check=False, timeout=300
    )


def synthesize(out: Path, **context: str) -> Path:
    """The cloud assembly of the team files that the context selects."""
    done = run_app(out, **context)
    assert done.returncode == 0, done.stderr
    return out


def templates(assembly: Path, stage: str) -> dict[str, dict[str, object]]:
    """Template of each stack of one stage, by the last part of the stack's name."""
    folder = assembly / f"assembly-{stage}"
    manifest = json.loads((folder / "manifest.json").read_text())
    stacks = {
        artifact["properties"]["stackName"]: artifact["properties"]["templateFile"]
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    return {name.removeprefix(f"{stage}-"): json.loads((folder / file).read_text()) for name, file in stacks.items()}
