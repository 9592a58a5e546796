"""Work in several processes at once, which end with this one whatever happens to it.

A worker leads a process group of its own, so that Ctrl-C reaches this process alone; it is ended from here, or ends by
itself when this process is gone. The CDK's Node process of a worker ends when its input closes, with the worker.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from threading import Thread
from typing import TypeVar

FAULTS = (LookupError, ValueError, OSError)
"""What a user can mend; anything else ends a worker with a traceback."""

Job = TypeVar("Job")


class WorkerFailed(ValueError):
    """A worker's fault in its own words, or how it ended."""


def each(work: Callable[[Job], None], jobs: Sequence[Job], processes: int) -> None:
    """`work` of every job, in no order. `work` and the jobs can be pickled. Raises WorkerFailed at the first fault."""
    context = get_context("spawn")
    running: dict[Connection, SpawnProcess] = {}
    try:
        for _ in range(min(processes, len(jobs))):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, work), daemon=True)
            process.start()
            theirs.close()
            running[ours] = process
        _hand_out(list(jobs), running)
    except BaseException:
        for process in running.values():
            process.terminate()
        raise
    finally:
        for ours, process in running.items():
            ours.close()  # who is idle ends by it
            process.join()


def _hand_out(jobs: list[Job], running: dict[Connection, SpawnProcess]) -> None:
    """The next job to whoever is done with the last one."""
    busy = [pipe for pipe in running if jobs and _sent(pipe, jobs.pop(0))]
    while busy:
        for pipe in wait(busy):
            assert isinstance(pipe, Connection)
            fault = _answer(pipe, running[pipe])
            if fault is not None:
                raise WorkerFailed(fault)
            if not (jobs and _sent(pipe, jobs.pop(0))):
                busy.remove(pipe)


def _sent(pipe: Connection, job: object) -> bool:
    with suppress(BrokenPipeError):  # it ended already; the answer says so
        pipe.send(job)
    return True


def _answer(pipe: Connection, process: SpawnProcess) -> str | None:
    try:
        fault: str | None = pipe.recv()
    except (EOFError, ConnectionResetError):
        process.join()
        return f"a worker ended with status {process.exitcode}; what it said stands above"
    return fault


def _serve(pipe: Connection, work: Callable[[Job], None]) -> None:
    if sys.platform != "win32":
        os.setpgid(0, 0)
    Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            work(job)
        except FAULTS as fault:
            pipe.send(str(fault))
        else:
            pipe.send(None)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
