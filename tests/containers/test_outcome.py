"""How a job ends, as its container's first process: what it leaves, and with which code."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import NoReturn

import pytest

from containers import outcome


def failing(fault: BaseException) -> NoReturn:
    raise fault


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (ValueError("a is 3; accepted is 4"), "a is 3; accepted is 4"),
        (OSError("no room"), "OSError: no room"),
        (
            RuntimeError("An error occurred while calling z:collect.\n: Job aborted\n\tat a.B.c(B:1)\n\tat a.B.d(B:2)"),
            "RuntimeError: An error occurred while calling z:collect.\n: Job aborted",
        ),
        (
            ValueError("[15:26:57] c_api.cc:1513: Invalid model format.\nStack trace:\n  [bt] (0) lib.so(+0x11031e)"),
            "[15:26:57] c_api.cc:1513: Invalid model format.",
        ),
    ],
    ids=["for people", "of the system", "of Java", "of xgboost"],
)
def test_the_reason_is_what_was_said_without_the_places_in_code(tmp_path: Path, fault: Exception, told: str) -> None:
    assert outcome.run(lambda: failing(fault), tmp_path / "output" / "message") == 1
    assert (tmp_path / "output" / "message").read_text() == told


def test_a_job_that_is_told_to_stop_leaves_its_blocks_and_says_so(tmp_path: Path) -> None:
    left: list[str] = []

    def job() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
        except Exception:  # noqa: BLE001 -- as libraries do
            left.append("taken for a fault")
        finally:
            left.append("in order")

    assert outcome.run(job, tmp_path / "message") == 143
    assert left == ["in order"]
    assert (tmp_path / "message").read_text() == "the job was told to stop before it had ended"
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_job_that_hears_itself_that_it_should_stop_is_left_to_it(tmp_path: Path) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        assert outcome.run(lambda: os.kill(os.getpid(), signal.SIGTERM), tmp_path / "message") == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]
    assert not (tmp_path / "message").exists()
