"""Work in several processes: all of it is done, a fault is said once, and nobody outlives the one who asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from stacks.assembly.workers import WorkerFailed, each

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
ENDLESS = (
    "from pathlib import Path\nfrom stacks.assembly.workers import each\nfrom tests.stacks.test_workers import wait\n"
)
MAIN = ENDLESS + "if __name__ == '__main__':\n    each(wait, [Path({folder!r}, name) for name in 'ab'], 2)\n"


def write(path: Path) -> None:
    path.write_text(str(os.getpid()))


def refuse(path: Path) -> None:
    if path.name == "3":
        raise ValueError(f"{path.name} cannot be made")
    write(path)


def die(_: Path) -> None:
    os._exit(7)


def wait(path: Path) -> None:
    """With a process of its own, as a worker has the CDK's; it ends when its input closes."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL):
        write(path)
        time.sleep(900)


def test_every_job_is_done_by_as_many_processes_as_asked_for(tmp_path: Path) -> None:
    each(write, [tmp_path / str(index) for index in range(7)], 2)
    workers = [(tmp_path / str(index)).read_text() for index in range(7)]
    assert 1 <= len(set(workers)) <= 2
    assert str(os.getpid()) not in workers


def test_a_fault_is_said_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(WorkerFailed, match=r"^3 cannot be made$"):
        each(refuse, [tmp_path / str(index) for index in range(7)], 2)


def test_a_worker_that_dies_is_said(tmp_path: Path) -> None:
    with pytest.raises(WorkerFailed, match="a worker ended with status 7; what it said stands above"):
        each(die, [tmp_path], 1)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_the_one_who_asked(tmp_path: Path, end: signal.Signals) -> None:
    script = tmp_path / "main.py"
    script.write_text(MAIN.format(folder=str(tmp_path)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    asked = subprocess.Popen([sys.executable, script], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    soon(lambda: (tmp_path / "a").exists() and (tmp_path / "b").exists())
    below = psutil.Process(asked.pid).children(recursive=True)
    assert len(below) >= 4
    asked.send_signal(end)
    assert asked.wait(300) != 0
    soon(lambda: not any(is_there(process) for process in below))


def is_there(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def soon(true: object) -> None:
    assert callable(true)
    until = time.monotonic() + 300
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)
