"""The program that tells whether a notebook instance idles."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.notebook.idle import idle, main
from infra.notebooks import SCRIPTS

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def since(minutes: float) -> dict[str, str]:
    return {"last_activity": f"{(NOW - timedelta(minutes=minutes)).isoformat().removesuffix('+00:00')}Z"}


@given(st.floats(0, 10_000), st.integers(60, 5_000))
def test_it_idles_once_nobody_has_used_it_for_so_long(unused: float, minutes: int) -> None:
    found = idle(since(unused), [{"execution_state": "idle"}], NOW, minutes)
    assert found == (NOW - datetime.fromisoformat(since(unused)["last_activity"]) >= timedelta(minutes=minutes))


def test_a_kernel_that_computes_is_in_use_however_long_it_takes() -> None:
    assert not idle(since(10_000), [{"execution_state": "idle"}, {"execution_state": "busy"}], NOW, 60)


@pytest.fixture
def jupyter(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that answers as Jupyter's REST API does; `request.param` is the time of the last activity."""
    answers: dict[str, Any] = {"/api/status": {"last_activity": request.param}, "/api/kernels": []}

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answers[self.path.partition("?")[0]]).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("jupyter", "status"), [("2020-01-01T00:00:00Z", 0), ("2999-01-01T00:00:00Z", 1)], indirect=["jupyter"]
)
def test_it_names_the_instance_to_stop_and_only_then(
    jupyter: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    metadata = tmp_path / "metadata.json"
    metadata.write_text('{"ResourceName": "risk-dev-lab"}')
    assert main(60, [jupyter], str(metadata)) == status
    assert capsys.readouterr().out == ("risk-dev-lab\n" if status == 0 else "")


def test_what_cannot_be_seen_is_not_stopped() -> None:
    with pytest.raises(SystemExit) as ended:
        main(60, ["http://127.0.0.1:1"])
    assert ended.value.code not in (0, None)


@pytest.mark.slow
def test_it_runs_by_itself_on_a_machine_that_has_only_python() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPTS / "idle.py"), "60"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Jupyter does not answer" in done.stderr


@pytest.mark.slow
def test_what_the_instance_runs_at_its_start_is_a_script_that_bash_understands() -> None:
    subprocess.run(["bash", "-n", str(SCRIPTS / "on_start.sh")], check=True)
