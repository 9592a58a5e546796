"""The real tools, as a platform engineer runs them: `cdk synth`'s app, `cdk bootstrap` and `cdk deploy`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

ROOT = Path(__file__).parents[1]
BIN = ROOT / ".venv" / "bin"
CDK = ROOT / "node_modules" / ".bin" / "cdk"
LEASH = Path(__file__).with_name("leash.py")


class ToolFailed(Exception):
    """A tool ended with an error; the message holds the last lines that it printed and where the rest lies."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Runs tools with the environment of the embedded AWS; what they print goes to files in `logs`."""

    logs: Path
    assembly: Path
    """Folder of the cloud assembly."""
    _running: set[subprocess.Popen[bytes]] = field(default_factory=set, init=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """End the tools that still run, on whatever thread they were started."""
        for leash in tuple(self._running):
            _let_go(leash)

    def synth(self, account: str, context: Mapping[str, str]) -> None:
        """Make the cloud assembly. No AWS is asked, so this needs none."""
        settings = {
            "CDK_OUTDIR": str(self.assembly),
            "CDK_DEFAULT_ACCOUNT": account,
            "CDK_VALIDATION": "false",  # `make test` and `make check` validate the same templates
            "CDK_CONTEXT_JSON": _json(context),
        }
        self.run("synth", [sys.executable, "app.py"], ROOT, settings)

    def bootstrap(self, aws: Mapping[str, str], account: str, region: str) -> None:
        """In a folder without an app: otherwise the CLI would synthesize it first."""
        folder = self.logs / "bootstrap"
        folder.mkdir(parents=True, exist_ok=True)
        self.run("bootstrap", [str(CDK), "bootstrap", f"aws://{account}/{region}"], folder, aws)

    def deploy(self, aws: Mapping[str, str]) -> None:
        """All stacks of all stages, those that do not depend on each other side by side."""
        flags = ["**", "--app", str(self.assembly), "--concurrency", "8", "--require-approval", "never"]
        self.run("deploy", [str(CDK), "deploy", *flags, "--method", "direct", "--progress", "events"], ROOT, aws)

    def run(self, name: str, command: list[str], folder: Path, settings: Mapping[str, str]) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        path = f"{BIN}{os.pathsep}{own.get('PATH', '')}"
        quiet = {"JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1", "CI": "true", "NO_COLOR": "1"}
        with log.open("w") as output:
            status = self._leashed(command, folder, {**own, **quiet, **settings, "PATH": path}, output)
        if status:
            last = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-8:]
            shown = log.relative_to(ROOT) if log.is_relative_to(ROOT) else log
            raise ToolFailed("\n".join([f"{name} ended with status {status} (all of it: {shown}):", *last]))

    def _leashed(self, command: list[str], folder: Path, environment: Mapping[str, str], output: IO[str]) -> int:
        """Exit status. In a session of its own: Ctrl-C reaches this process alone, which then ends the tool."""
        leash = subprocess.Popen(
            [sys.executable, "-S", str(LEASH), *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._running.add(leash)
        try:
            return leash.wait()
        finally:
            _let_go(leash)
            self._running.discard(leash)


def _let_go(leash: subprocess.Popen[bytes]) -> None:
    """End a tool with all that it started, where it still runs."""
    assert leash.stdin is not None
    leash.stdin.close()
    leash.wait()


def _json(context: Mapping[str, str]) -> str:
    import json

    return json.dumps(dict(context))
