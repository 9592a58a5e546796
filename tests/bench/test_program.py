"""A program that fails under a benchmark says why, and stops no other benchmark."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench.__main__ import everything
from bench.measure import cost_of
from bench.program import LINES, Failed, run
from bench.table import Result

TALKS = "import sys; [print('line', at, file=sys.stderr) for at in range(40)]; sys.exit(3)"
SAYS_IT_ON_STDOUT = "print('no space left on device'); raise SystemExit(1)"
KILLED = "import os; os.kill(os.getpid(), 9)"


@pytest.mark.slow
@pytest.mark.parametrize("runs", [cost_of, run])
def test_the_end_of_what_it_printed_is_told(runs: object) -> None:
    with pytest.raises(Failed, match="ended with code 3") as failed:
        runs([sys.executable, "-c", TALKS])  # type: ignore[operator]
    said = str(failed.value).splitlines()
    assert (said[1], said[-1], failed.value.last) == (f"line {40 - LINES}", "line 39", "line 39")


@pytest.mark.slow
def test_one_that_said_nothing_else_is_told_by_its_stdout() -> None:
    with pytest.raises(Failed) as failed:
        run([sys.executable, "-c", SAYS_IT_ON_STDOUT])
    assert failed.value.last == "no space left on device"


@pytest.mark.slow
def test_one_that_was_killed_is_told_by_its_signal() -> None:
    with pytest.raises(Failed) as failed:
        cost_of([sys.executable, "-c", KILLED])
    assert failed.value.last == "was ended by SIGKILL"


def test_what_is_no_text_is_told_as_far_as_it_is_one() -> None:
    assert Failed(["x"], 1, b"\xff in the middle \n\n").last == "\ufffd in the middle"


def test_one_benchmark_that_fails_loses_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> Result:
        raise Failed(["x"], 1, b"Traceback\nLookupError: no java\n")

    in_part = Result("two", "Two", "Says.", ("a",), (("1",),), {"figure": 7}, failed=("size 9",))
    whole = Result("three", "Three", "Says.", ("a",), (("1",),), {})
    assert everything({"one": broken, "two": lambda: in_part, "three": lambda: whole}, tmp_path) == [
        "one: LookupError: no java",
        "two: size 9",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["three.json", "two.json"]
    assert json.loads((tmp_path / "two.json").read_text())["figure"] == 7
    assert "Traceback" in capsys.readouterr().err
