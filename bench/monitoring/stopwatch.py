"""Cost of a piece of work inside a process, without the start of Python and the reading of inputs. Standard library."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def timed(work: Callable[[], Any], runs: int = 1, warm: bool = False) -> dict[str, Any]:
    """CPU and wall seconds of each run, and what the last one found. `warm`: a run before them does not count."""
    if warm:
        work()
    cpu, wall, found = [], [], None
    for _ in range(runs):
        began, begun = time.perf_counter(), time.process_time()
        found = work()
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - began)
    return {"cpu_s": cpu, "wall_s": wall, "found": found}


def peak_mb() -> float:
    """Most memory that this process has held.

    From the kernel's own mark for this program: what `getrusage` tells begins with the size of the process that
    started it.
    """
    status = Path("/proc/self/status")
    marks = status.read_text().splitlines() if status.exists() else []
    mark = next((line for line in marks if line.startswith("VmHWM:")), None)
    if mark is not None:
        return int(mark.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(works: dict[str, Callable[..., dict[str, Any]]], arguments: Sequence[str] = ()) -> None:
    """`NAME FOLDER [NUMBER ...]`: print what the work of that name tells, as one line of JSON."""
    name, folder, *numbers = arguments or sys.argv[1:]
    told = works[name](Path(folder), *map(int, numbers))
    print(json.dumps({**told, "peak_mb": peak_mb()}))
