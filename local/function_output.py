"""What a function has written is in its log when it has answered: all of it, however busy the machine is.

ministack reads the standard error of a function's process on a thread and waits for it 50 ms after the answer, and
5 ms after each line. Where that thread gets no time, lines would come with the next invocation, or never. But whatever
was written before the answer stands in the pipe by then, so here the pipe is emptied instead of waited for.
"""

from __future__ import annotations

import os
import select
import subprocess
import threading
from typing import Any

HOOKS = ("ministack.core.lambda_runtime:Worker ProvidedWorker",)


class Output:
    """Standard error of one process; one thread follows it, so that the process never waits for a full pipe."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        self.process = process
        self._pipe = os.dup(process.stderr.fileno())  # ours alone to close
        self._text = b""
        self._lock = threading.Lock()

    def follow(self) -> None:
        """Read until the process, and all that it started, have closed it."""
        goes_on = True
        while goes_on:
            _something(self._pipe, None)
            with self._lock:
                goes_on = self._read()
        with self._lock:
            os.close(self._pipe)
            self._pipe = -1

    def taken(self) -> str:
        """All that was written until now and not taken yet, without the last line's end."""
        with self._lock:
            if self._pipe >= 0:
                self._read()
            text, self._text = self._text, b""
        return text.decode(errors="replace").removesuffix("\n")

    def _read(self) -> bool:
        """Take over what stands in the pipe; False at its end."""
        while _something(self._pipe, 0):
            piece = os.read(self._pipe, 65536)
            if not piece:
                return False
            self._text += piece
        return True


def install() -> None:
    from ministack.core.lambda_runtime import ProvidedWorker, Worker

    # Programs that are no scripts have a pump of their own.
    ProvidedWorker._drain_stderr, ProvidedWorker._drain_stderr_bounded = (
        Worker._drain_stderr,
        Worker._drain_stderr_bounded,
    )
    Worker._read_stderr = lambda worker: output_of(worker).follow()
    Worker._drain_stderr = Worker._drain_stderr_bounded = lambda worker, *_, **__: output_of(worker).taken()


def output_of(worker: Any) -> Output:
    """The output of the worker's process; of its last one, where that was just ended."""
    with _finding:
        found: Output | None = getattr(worker, "output", None)
        if found is None or (worker._proc is not None and worker._proc is not found.process):
            found = worker.output = Output(worker._proc)
        return found


_finding = threading.Lock()


def _something(pipe: int, wait_ms: int | None) -> bool:
    """Whether a pipe holds something to read, or its end."""
    look = select.poll()
    look.register(pipe, select.POLLIN)
    return bool(look.poll(wait_ms))
