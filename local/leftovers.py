"""Processes and folders of a run, found again by the mark that every process of a home carries.

The launcher sets `MARK` to its home in its own environment; all that it starts
inherits it, however deep. So the end of a run, and the start of the next after
a run that was killed, stop exactly the processes of this home and no others.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psutil

MARK = "HOMEOSTAT_EMBEDDED_AWS"
PATIENCE_S = 3.0


def stop_processes(home: Path) -> int:
    """Terminate, then kill, every other process marked with `home`; the number that were found."""
    found = processes(home)
    for process in found:
        _signal(process, kill=False)
    _, alive = psutil.wait_procs(found, timeout=PATIENCE_S)
    for process in alive:
        _signal(process, kill=True)
    psutil.wait_procs(alive, timeout=PATIENCE_S)
    return len(found)


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


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        return
