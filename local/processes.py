"""Programs that the embedded AWS runs: each in its own process group, stopped with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local.leftovers import MARK

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SSL_CERT_FILE", MARK)
"""What a program sees of this process's environment. The mark lets the next launch find what outlived this one."""

_running: set[Process] = set()
_guard = threading.Lock()


class Process:
    """One started program. `output` are its lines, standard error included."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
    ) -> None:
        """`folder` is the working directory; `on_line` gets each line as it is written, on a thread of its own."""
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
        with _guard:
            _running.add(self)
        self._reader = threading.Thread(target=self._read, args=(on_line,), daemon=True, name=f"output-{self.pid}")
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative where a signal ended it."""
        return self._process.poll()

    def wait(self, timeout_s: float | None = None) -> int:
        """Exit code, once the output is read to its end; TimeoutError where it still runs."""
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"process {self.pid} still runs after {timeout_s} s") from None
        self._reader.join(5)  # a grandchild may hold the pipe open
        self._forget()
        return code

    def terminate(self) -> None:
        """SIGTERM to the whole group."""
        self._signal(signal.SIGTERM)

    def stop(self, grace_s: float) -> None:
        """SIGTERM, then SIGKILL to what is left of the group after `grace_s`."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace_s)
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._forget()

    def _signal(self, number: signal.Signals) -> None:
        # The group's id stays taken while any member lives, even after its leader has ended.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _read(self, on_line: Callable[[str], None]) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            on_line(line.rstrip("\n"))

    def _forget(self) -> None:
        with _guard:
            _running.discard(self)


def stop_all(grace_s: float = 2.0) -> None:
    """End every program that still runs, all at the same time."""
    with _guard:
        left = list(_running)
    for process in left:
        process.terminate()
    for process in left:
        process.stop(grace_s)
