"""A program that a benchmark runs: what it printed, or why it failed."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import Signals

ROOT = Path(__file__).parents[1]
LINES = 20
"""Of what a program printed at its end, so many are told."""
LONGEST_COMMAND = 300


class Failed(RuntimeError):
    """A program ended with another code than 0: which one, how, and the end of what it printed."""

    def __init__(self, command: Sequence[str], code: int, printed: bytes) -> None:
        lines = [line for line in printed.decode("utf-8", "replace").splitlines() if line.strip()]
        how = f"was ended by {Signals(-code).name}" if code < 0 else f"ended with code {code}"
        self.last = lines[-1].strip() if lines else how
        """The last line that it printed: in Python the one that names the fault."""
        said = "\n".join(lines[-LINES:]) or "It printed nothing."
        super().__init__(f"{shlex.join(command)[:LONGEST_COMMAND]} {how}\n{said}")


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """What it printed to stdout. Raises Failed, with the end of stderr, or of stdout where there is nothing on that."""
    settings = {**os.environ, **(environment or {})}
    ended = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, check=False)
    if ended.returncode:
        raise Failed(command, ended.returncode, ended.stderr.strip() or ended.stdout)
    return ended.stdout.decode()
