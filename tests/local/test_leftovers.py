"""What a run leaves behind is found by its mark and ended, all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local import leftovers, start
from local.leftovers import MARK, processes, stop_processes
from local.start import EmbeddedAws

pytestmark = pytest.mark.slow

SLEEPS = "import time; time.sleep(300)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); {SLEEPS}"
HEIR = f"""
import signal, subprocess, sys, time
def end(*_):
    subprocess.Popen([sys.executable, "-c", {SLEEPS!r}], start_new_session=True)
    sys.exit()
signal.signal(signal.SIGTERM, end)
print(flush=True)
time.sleep(300)
"""


def marked(home: Path, source: str) -> subprocess.Popen[bytes]:
    """A process of the home, once it has said something."""
    environment = {**os.environ, MARK: str(home)}
    started = subprocess.Popen([sys.executable, "-c", source], env=environment, stdout=subprocess.PIPE)
    assert started.stdout is not None
    started.stdout.readline()
    return started


@pytest.mark.parametrize("source", [DEAF, HEIR], ids=["deaf", "leaves an heir"])
def test_nothing_runs_any_more_when_the_processes_of_a_home_are_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setattr(leftovers, "PATIENCE_S", 0.5)
    with marked(tmp_path, source):
        stop_processes(tmp_path)
        assert processes(tmp_path) == []


def test_a_launcher_that_must_be_killed_leaves_nothing_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "END_PATIENCE_S", 1)
    aws = EmbeddedAws.start(tmp_path)
    with subprocess.Popen([sys.executable, "-c", SLEEPS], env={**os.environ, MARK: str(aws.home)}):
        os.killpg(aws._process.pid, signal.SIGSTOP)  # it hears nothing any more
        aws.stop()
        assert processes(aws.home) == []
        assert not (aws.home / "tmp").exists()
