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
"""Real seconds that a program gets to end by itself."""
LAST_S = 60.0
LOOK_S = 0.05


def stop_processes(home: Path) -> None:
    """Terminate, then kill, every other process marked with `home`; returns when none of them runs any more.

    They are looked for again and again, as one that ends may have started another one just before.
    """
    begun, asked = time.monotonic(), set()
    while alive := [process for process in processes(home) if _runs(process)]:
        passed_s = time.monotonic() - begun
        if passed_s > PATIENCE_S + LAST_S:
            return  # the system itself does not let it end
        for process in alive:
            if passed_s > PATIENCE_S or process not in asked:
                _signal(process, kill=passed_s > PATIENCE_S)
        asked.update(alive)
        time.sleep(LOOK_S)


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
