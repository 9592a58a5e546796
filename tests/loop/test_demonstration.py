"""The whole loop on the embedded AWS, with IAM on: real templates, real CDK, real Lambda and container code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from local.start import EmbeddedAws, eventually
from tests.loop.processes import that_mention

pytestmark = pytest.mark.slow(takes_s=110)
ROOT = Path(__file__).parents[2]


def demonstration(folder: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "demo", "--home", str(folder / "home"), "--output", str(folder / "out"), *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def await_moment(run: subprocess.Popen[str], moment: str) -> None:
    """Until it has printed a line with these words; `it imports` is before any line."""
    if moment == "it imports":
        for _ in eventually(pause=0.005):
            if "pydantic_core" in (Path("/proc") / str(run.pid) / "maps").read_text():
                return
    assert run.stdout is not None
    assert any(moment in line for line in run.stdout), f"it has ended before {moment!r}"


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, str]:
    """One run to its end: its folder and all that it printed."""
    folder = tmp_path_factory.mktemp("demonstration")
    run = demonstration(folder, "--hour-seconds", "4")  # more rows a window: other tests run beside it
    printed, _ = run.communicate(timeout=3600)
    assert run.returncode == 0, printed
    return folder, printed


@pytest.fixture(scope="module")
def summary(finished) -> dict[str, float]:
    return json.loads((finished[0] / "out" / "summary.json").read_text())


def test_the_model_got_worse_under_drift_and_recovered(summary):
    assert summary["accuracy_before"] > 0.65
    assert summary["accuracy_under_drift"] < summary["accuracy_before"] - 0.08
    assert summary["accuracy_after"] > summary["accuracy_under_drift"] + 0.08


def test_the_stations_were_passed_in_order(summary):
    stations = [summary[f"drift_to_{name}_s"] for name in ("alarm", "retraining", "healed", "green")]
    assert stations[0] > 0
    assert stations == sorted(stations)


def test_one_drift_started_one_retraining(finished):
    printed = finished[1]
    ended = [
        line
        for line in printed.splitlines()
        if "pipeline" in line and line.endswith(" Succeeded") and "step" not in line
    ]
    assert len(ended) == 2, "the first training and one retraining"


def test_nobody_s_request_failed(summary):
    assert summary["requests"] > 1000
    assert summary["failed_requests"] == 0


def test_the_report_holds_everything_it_shows(finished):
    page = (finished[0] / "out" / "report.html").read_text()
    assert page.count("<svg") == 3
    assert "src=" not in page.replace("xlink:href", ""), "nothing is loaded from elsewhere"
    assert "REAL_DRIFT" in page


def test_people_were_told_by_mail_and_woken_for_nothing(finished):
    page = (finished[0] / "out" / "report.html").read_text()
    assert "email to platform@example.com" in page
    assert "Retraining was started" in page
    assert "sms to" not in page, "nothing happened that a person had to act on"


def test_nothing_is_left_running(finished):
    assert that_mention(finished[0]) == []


@pytest.mark.parametrize("moment", ["it imports", "answers at", "cdk synth", "step Prepare Executing"])
def test_ctrl_c_at_any_moment_leaves_no_process_behind(tmp_path, moment):
    run = demonstration(tmp_path)
    await_moment(run, moment)
    run.send_signal(signal.SIGINT)
    printed, _ = run.communicate(timeout=600)
    assert run.returncode == 130, printed
    assert "stopped; nothing is left running" in printed
    assert that_mention(tmp_path) == []


def test_killed_outright_it_leaves_no_process_behind_either(tmp_path):
    run = demonstration(tmp_path)
    await_moment(run, "cdk bootstrap")
    run.kill()
    run.communicate(timeout=600)
    with suppress(TimeoutError):
        for _ in eventually():
            if not that_mention(tmp_path):
                break
    assert that_mention(tmp_path) == []


def test_a_second_run_in_the_same_place_says_what_is_in_the_way(tmp_path):
    with EmbeddedAws.start(tmp_path / "home") as first:
        second = demonstration(tmp_path)
        printed, _ = second.communicate(timeout=600)
        assert json.loads((tmp_path / "home" / "endpoint.json").read_text())["url"] == first.url
        assert first.now()
    assert second.returncode == 1
    assert "already runs in" in printed
