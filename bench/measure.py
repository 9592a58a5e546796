"""Cost of a whole process, as the operating system counts it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from threading import Event

import psutil

from bench.program import ROOT, Failed

SAMPLES_A_SECOND = 20


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process and all that it starts."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    """Of the largest single process."""
    together_mb: float
    """Of all of them at the same moment, as far as a look 20 times a second shows it; pages they share count twice."""


def cost_of(command: Sequence[str], environment: Mapping[str, str] | None = None, folder: Path = ROOT) -> Cost:
    """Run a command to its end; raises Failed, with the end of its stderr."""
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    ended = Event()
    with ThreadPoolExecutor(1) as pool:
        largest = pool.submit(_most_together_mb, process.pid, ended)
        try:
            stderr = process.stderr.read() if process.stderr else b""
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.monotonic() - started
        finally:
            ended.set()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(command, process.returncode, stderr)
    peak_mb = usage.ru_maxrss / 1024
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, peak_mb, max(peak_mb, largest.result()))


def _most_together_mb(pid: int, ended: Event) -> float:
    most = 0.0
    while not ended.wait(1 / SAMPLES_A_SECOND):
        with suppress(psutil.Error):  # one of them ended while it was looked at
            top = psutil.Process(pid)
            rss = sum(each.memory_info().rss for each in (top, *top.children(recursive=True)))
            most = max(most, rss / 2**20)
    return most


def typical(costs: Sequence[Cost]) -> Cost:
    """Median of each figure."""
    return Cost(**{field.name: median(getattr(cost, field.name) for cost in costs) for field in fields(Cost)})


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
