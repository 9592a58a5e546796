"""Processes and folders of a run, found again by the mark that every process of a home carries.

The launcher sets `MARK` to its home in its own environment; all that it starts
inherits it, however deep. So the end of a run, and the start of the next after
a run that was killed, stop exactly the processes of this home and no others.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import psutil

MARK = "HOMEOSTAT_EMBEDDED_AWS"
PATIENCE_S = 3.0


def stop_processes(home: Path) -> None:
    """Terminate, then kill, every other process marked with `home`."""
    found = processes(home)
    for process in found:
        _signal(process, kill=False)
    deadline = time.monotonic() + PATIENCE_S
    while (alive := [process for process in found if _runs(process)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    for process in alive:
        _signal(process, kill=True)


def processes(home: Path) -> list[psutil.Process]:
    """The processes marked with `home`, this one left out."""
    return [process for process in psutil.process_iter() if process.pid != os.getpid() and _mark(process) == str(home)]


def remove_folder(folder: Path) -> None:
    """Remove a folder of the run, also where a process that just ended still left something in it."""
    shutil.rmtree(folder, ignore_errors=True)


def _mark(process: psutil.Process) -> str | None:
    try:
        mark: str | None = process.environ().get(MARK)
    except (psutil.Error, OSError):  # another user's, or gone already
        return None
    return mark


def _runs(process: psutil.Process) -> bool:
    """A zombie does not run: it only waits for a parent, which in a container may never come."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        return
