"""Programs that the embedded AWS runs: each in its own process group, stopped with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from local.leftovers import MARK

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SSL_CERT_FILE", MARK)
"""What a program sees of this process's environment. The mark lets the next launch find what outlived this one."""

_running: set[Process] = set()
_guard = threading.Lock()


class Stoppable(Protocol):
    def terminate(self) -> None: ...
    def stop(self, grace_s: float) -> None: ...


class Process:
    """One started program."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        on_exit: Callable[[], None] = lambda: None,
    ) -> None:
        """`folder` is the working directory. `on_line` gets each line of output, standard error included, as it is
        written; `on_exit` is called after the last line. Both on threads of their own."""
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={**inherited, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.pid = self._process.pid
        self.exit_code: int | None = None
        """None while it runs; as a container's, so 137 where SIGKILL ended it."""
        self._over = threading.Event()
        self._signalling = threading.Lock()
        with _guard:
            _running.add(self)
        reader = threading.Thread(target=self._read, args=(on_line,), daemon=True, name=f"output-{self.pid}")
        reader.start()
        threading.Thread(target=self._await, args=(reader, on_exit), daemon=True, name=f"exit-{self.pid}").start()

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Exit code, once the output is read to its end; None where it still runs after `timeout_s`."""
        return self.exit_code if self._over.wait(timeout_s) else None

    def terminate(self) -> None:
        """SIGTERM to the whole group."""
        self._signal(signal.SIGTERM)

    def stop(self, grace_s: float) -> None:
        """SIGTERM, then SIGKILL where it still runs after `grace_s`. Nothing where it has ended."""
        self._signal(signal.SIGTERM)
        if not self._over.wait(grace_s):
            self._signal(signal.SIGKILL)
            self._over.wait()

    def _signal(self, number: signal.Signals) -> None:
        # After the end its group's id may belong to someone else.
        with self._signalling:
            if self.exit_code is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, number)

    def _read(self, on_line: Callable[[str], None]) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            on_line(line.rstrip("\n"))

    def _await(self, reader: threading.Thread, on_exit: Callable[[], None]) -> None:
        code = self._process.wait()
        # A container ends with its first process; so do the others of the group here.
        with self._signalling:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            self.exit_code = code if code >= 0 else 128 - code
        reader.join(5)
        with _guard:
            _running.discard(self)
        self._over.set()
        on_exit()


def stop_all(grace_s: float = 2.0) -> None:
    """End every program that still runs."""
    with _guard:
        left = list(_running)
    stop_together(left, grace_s)


def stop_together(programs: Sequence[Stoppable], grace_s: float) -> None:
    """SIGTERM to all of them, then SIGKILL to those that still run after `grace_s`."""
    deadline = time.monotonic() + grace_s
    for program in programs:
        program.terminate()
    for program in programs:
        program.stop(max(0.0, deadline - time.monotonic()))
