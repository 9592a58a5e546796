"""Cost of a whole process, as the operating system counts it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process and its children. Memory is that of the largest single process."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost_of(command: Sequence[str], environment: Mapping[str, str] | None = None, folder: Path = ROOT) -> Cost:
    """Run a command to its end; raises CalledProcessError with what it printed where it fails."""
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    stderr = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command), stderr=stderr)
    return Cost(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def typical(costs: Sequence[Cost]) -> Cost:
    """Median of each figure."""
    return Cost(
        wall_s=median(cost.wall_s for cost in costs),
        cpu_s=median(cost.cpu_s for cost in costs),
        peak_mb=median(cost.peak_mb for cost in costs),
    )


def in_turn(
    commands: Mapping[str, Sequence[str]], runs: int, environment: Mapping[str, str] | None = None
) -> dict[str, Cost]:
    """Typical cost of several commands, run A B A B ... after one run of each that does not count."""
    measured: dict[str, list[Cost]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            cost = cost_of(command, environment)
            if run:
                measured[name].append(cost)
    return {name: typical(costs) for name, costs in measured.items()}
