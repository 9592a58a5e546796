"""A copy of what the app is made of, and nothing else of the project: a place to change things in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stacks.assembly.content import digest
from stacks.assembly.fingerprint import sources

ROOT = Path(__file__).parents[2]
TEAM = """\
team: {name}
owners: [owner@example.com]
environments:
  - {{name: dev, network: {{cidr: 10.{index}.0.0/20}}}}
"""
ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class Project:
    root: Path

    @classmethod
    def copied(cls, root: Path, teams: int = 1) -> Project:
        for source in sources(ROOT):
            if source.is_dir():
                shutil.copytree(source, root / source.name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                root.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, root)
        project = cls(root)
        (root / "teams").mkdir()
        for index in range(teams):
            project.write_team(f"team{index}", index)
        return project

    def write_team(self, name: str, index: int, more: str = "") -> Path:
        path = self.root / "teams" / f"{name}.yaml"
        path.write_text(TEAM.format(name=name, index=index) + more)
        return path

    def start(self, out: Path | str = "out", **settings: str) -> subprocess.Popen[str]:
        """`settings`: environment variables, or context where the name is written small."""
        return subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=self.root,
            env=_environment(settings, self.root / out),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, out: Path | str = "out", **settings: str) -> Path:
        """The assembly. Raises AssertionError with what the app said where it failed."""
        process = self.start(out, **settings)
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
        return self.root / out

    def is_kept(self, **settings: str) -> bool:
        """Whether the app needs no CDK: there is none for it here."""
        process = self.start("unused", JSII_NODE="/nowhere/node", **settings)
        process.communicate(timeout=300)
        return process.returncode == 0


def contents(assembly: Path) -> dict[str, str]:
    """Digest of each part of an assembly."""
    return {path.name: digest(path) for path in assembly.iterdir()}


def _environment(settings: Mapping[str, str], out: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_")) and name != "CI"}
    context = {name: value for name, value in settings.items() if name.islower()}
    own = {name: value for name, value in settings.items() if not name.islower()}
    defaults = {"CDK_DEFAULT_ACCOUNT": ACCOUNT, "CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(context)}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "", **defaults, **own}
