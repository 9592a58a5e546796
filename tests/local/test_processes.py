"""Programs that are started, read, and ended with all that they started."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import processes
from local.processes import Process
from local.start import eventually

pytestmark = pytest.mark.slow

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
PARENT = (
    "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(child.pid, flush=True); {then}"
)


class Started:
    """A program with what it wrote."""

    def __init__(self, folder: Path, source: str, **environment: str) -> None:
        self.lines: list[str] = []
        self.wrote, self.ended = threading.Event(), threading.Event()
        self.process = Process([sys.executable, "-c", source], folder, environment, self._line, self.ended.set)

    def _line(self, line: str) -> None:
        self.lines.append(line)
        self.wrote.set()


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    processes.stop_all(0.1)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_lines_come_as_they_are_written_and_the_end_after_the_last(tmp_path: Path) -> None:
    started = Started(tmp_path, "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)")
    assert started.process.wait(300) == 3
    assert sorted(started.lines) == ["one", "two"]
    assert started.ended.wait(300)


def test_a_program_sees_its_folder_and_its_own_variables_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the user's own")
    source = "import os; print(os.getcwd(), os.environ.get('GIVEN'), os.environ.get('AWS_SECRET_ACCESS_KEY'))"
    started = Started(tmp_path, source, GIVEN="yes")
    started.process.wait(300)
    assert started.lines == [f"{tmp_path} yes None"]


def test_a_polite_program_ends_at_sigterm(tmp_path: Path) -> None:
    started = Started(tmp_path, "print('here', flush=True); import time; time.sleep(600)")
    assert started.wrote.wait(300)
    assert started.process.exit_code is None
    started.process.stop(300)
    assert started.process.exit_code == 128 + 15


def test_a_deaf_program_is_killed_after_its_grace(tmp_path: Path) -> None:
    started = Started(tmp_path, DEAF)
    assert started.wrote.wait(300)
    begun = time.monotonic()
    started.process.stop(0.3)
    assert started.process.exit_code == 128 + 9
    assert time.monotonic() - begun >= 0.3


@pytest.mark.parametrize("then", ["sys.exit(0)", "time.sleep(600)"])
def test_children_end_with_their_parent(tmp_path: Path, then: str) -> None:
    started = Started(tmp_path, PARENT.format(then=then))
    assert started.wrote.wait(300)
    child = int(started.lines[0])
    started.process.stop(300)
    for _ in eventually():
        if not alive(child):
            break


def test_all_are_stopped_at_once(tmp_path: Path) -> None:
    deaf = [Started(tmp_path, DEAF) for _ in range(3)]
    assert all(started.wrote.wait(300) for started in deaf)
    begun = time.monotonic()
    processes.stop_all(3)
    assert time.monotonic() - begun < 9, "one after the other would take three times their grace"
    assert {started.process.exit_code for started in deaf} == {128 + 9}


def test_stopping_what_has_ended_does_nothing(tmp_path: Path) -> None:
    started = Started(tmp_path, "pass")
    assert started.process.wait(300) == 0
    started.process.stop(0)
    assert started.process.exit_code == 0
    assert os.getpid() != started.process.pid
