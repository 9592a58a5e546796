"""Tools end with who started them, and with all that they started themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from demo.toolchain import LEASH, Toolchain, ToolFailed
from local.start import eventually
from tests.loop.processes import that_mention

FAMILY = [sys.executable, "-c", "import subprocess; subprocess.run(['sleep', '300'])"]


def leashed(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """The folder in the environment is what its processes are found by."""
    marked = {**os.environ, "OF_THIS_TEST": str(folder)}
    return subprocess.Popen([sys.executable, str(LEASH), *command], stdin=subprocess.PIPE, env=marked)


def await_child(folder: Path) -> None:
    for _ in eventually():
        if any(line.startswith("sleep") for line in that_mention(folder)):
            return


def await_end(folder: Path) -> list[str]:
    """What is left after a while."""
    with suppress(TimeoutError):
        for _ in eventually():
            if not that_mention(folder):
                break
    return that_mention(folder)


@pytest.mark.parametrize(("program", "status"), [("pass", 0), ("raise SystemExit(3)", 3)])
def test_the_status_of_a_command_is_told_as_it_is(tmp_path, program, status):
    assert leashed([sys.executable, "-c", program], tmp_path).wait(300) == status


def test_a_command_that_a_signal_ended_is_told_as_a_shell_tells_it(tmp_path):
    assert leashed([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], tmp_path).wait(300) == 137


def test_it_ends_with_all_that_it_started_when_its_starter_is_gone(tmp_path):
    leash = leashed(FAMILY, tmp_path)
    await_child(tmp_path)
    assert leash.stdin is not None
    leash.stdin.close()
    assert leash.wait(300) == 137
    assert await_end(tmp_path) == []


def test_what_a_command_left_behind_ends_with_it(tmp_path):
    program = "import subprocess; subprocess.Popen(['sleep', '300'])"
    assert leashed([sys.executable, "-c", program], tmp_path).wait(300) == 0
    assert await_end(tmp_path) == []


def test_an_error_beside_a_running_tool_ends_the_tool(tmp_path, monkeypatch):
    monkeypatch.setenv("OF_THIS_TEST", str(tmp_path))
    tools = Toolchain(tmp_path / "logs", tmp_path / "assembly")

    with suppress(KeyboardInterrupt), ThreadPoolExecutor(1) as pool, tools:
        running = pool.submit(tools.run, "family", FAMILY, tmp_path, {})
        await_child(tmp_path)
        raise KeyboardInterrupt
    assert isinstance(running.exception(), ToolFailed)
    assert [line for line in that_mention(tmp_path) if line.startswith("sleep")] == []
