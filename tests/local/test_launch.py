"""The launcher: one for a home, on loopback, in one clear sentence where it cannot, and nothing left at its end."""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from local.extensions import EXTENSIONS
from local.hooks import MINISTACK, HookMissing, check
from local.leftovers import MARK, processes
from local.settings import parse
from local.start import REPOSITORY, EmbeddedAws, NotStarted, eventually
from tests.local.conftest import allow, make_function


class TestHooks:
    def test_the_installed_ministack_has_every_name_that_the_extensions_lean_on(self) -> None:
        check(hook for name in EXTENSIONS for hook in getattr(importlib.import_module(name), "HOOKS", ()))

    def test_another_version_is_refused_in_one_sentence(self) -> None:
        with pytest.raises(HookMissing, match=rf"^The embedded AWS needs ministack=={MINISTACK}, but 1.5.32 is inst"):
            check([], installed="1.5.32")

    def test_all_missing_names_are_told_at_once(self) -> None:
        with pytest.raises(HookMissing, match=r"lacks .*: ministack\.app\.nothing, ministack\.nowhere\.$"):
            check(["ministack.app:AUTH nothing", "ministack.nowhere:thing"])


class TestSettings:
    def test_a_home_is_enough(self, tmp_path: Path) -> None:
        told = parse(["--home", str(tmp_path)])
        assert (told.home, told.port, told.hour_seconds, told.engine) == (tmp_path, 0, 3600, "process")

    @pytest.mark.parametrize("wrong", [["--port", "70000"], ["--hour-seconds", "0"], ["--engine", "podman"]])
    def test_what_cannot_be_is_refused_at_once(
        self, tmp_path: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit):
            parse(["--home", str(tmp_path), *wrong])
        assert wrong[1] in capsys.readouterr().err


@pytest.mark.slow(takes_s=30)
class TestInTheWay:
    def test_a_second_launcher_on_a_home_names_the_first(self, aws: EmbeddedAws) -> None:
        pid = json.loads((aws.home / "endpoint.json").read_text())["pid"]
        assert (
            told(aws.home)
            == f"An embedded AWS (process {pid}) already runs in {aws.home}: stop it or choose another home."
        )

    def test_a_port_in_use_is_named(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            text = f"Port {port} of 127.0.0.1 cannot be opened (Address already in use): give another with --port."
            assert told(tmp_path, "--port", str(port)) == text
            with pytest.raises(NotStarted, match="cannot be opened"):
                EmbeddedAws.start(tmp_path, port=port)

    def test_a_home_that_is_no_folder_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert told(tmp_path / "file" / "home").startswith(
            f"The folder {tmp_path}/file/home cannot be written (Not a dir"
        )

    def test_a_disk_without_room_is_named(self, tmp_path: Path) -> None:
        # No file may grow: what a full disk does, without filling one.
        assert told(tmp_path, before="ulimit -f 0;").endswith("make room or choose another home.")


@pytest.mark.slow
class TestNothingIsLeft:
    @pytest.fixture
    def busy(self, tmp_path: Path) -> Iterator[EmbeddedAws]:
        """One of its own, with a process below it that would live on for minutes."""
        running = EmbeddedAws.start(tmp_path, hour_seconds=10)
        environment = {**os.environ, MARK: str(running.home)}
        subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(300)"], env=environment, start_new_session=True
        )
        yield running
        running.stop()

    def test_a_stop_ends_all_processes_and_removes_what_was_temporary(self, busy: EmbeddedAws) -> None:
        busy.stop()
        assert processes(busy.home) == []
        assert sorted(path.name for path in busy.home.iterdir()) == ["launcher.log", "lock"]
        assert (busy.home / "launcher.log").read_text() == ""

    def test_the_next_launch_ends_what_a_killed_one_left_and_nothing_else(
        self, busy: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        innocent = sleeper(tmp_path_factory.mktemp("other"))
        try:
            os.kill(json.loads((busy.home / "endpoint.json").read_text())["pid"], signal.SIGKILL)
            busy.stop()
            assert len(processes(busy.home)) == 1
            with EmbeddedAws.start(busy.home) as again:
                assert processes(busy.home) == []
                assert again.client("sqs").list_queues()
            assert innocent.is_running()
        finally:
            innocent.kill()

    def test_a_stop_does_not_wait_for_what_runs(self, tmp_path: Path) -> None:
        slow = "import time\ndef handler(event, context):\n    time.sleep(900)\n"
        with EmbeddedAws.start(tmp_path) as own:
            name, _ = make_function(own, slow, Timeout=900)
            client = own.client("lambda")
            client.invoke(FunctionName=name, InvocationType="Event")
            for _ in eventually():
                if processes(own.home):
                    break
            begun = time.monotonic()
            own.stop()
        assert time.monotonic() - begun < 600, "what runs takes longer"
        assert processes(own.home) == []

    def test_a_stop_does_not_wait_for_a_stack_whose_function_never_answers(self, tmp_path: Path) -> None:
        with EmbeddedAws.start(tmp_path) as own:
            name, arn = make_function(own, "def handler(event, context):\n    pass\n")
            waits = {"Type": "Custom::NeverAnswered", "Properties": {"ServiceToken": arn, "ServiceTimeout": "3600"}}
            cloudformation, logs = own.client("cloudformation"), own.client("logs")
            cloudformation.create_stack(StackName="waits", TemplateBody=json.dumps({"Resources": {"Waits": waits}}))
            for _ in eventually():
                if logs.describe_log_streams(logGroupName=f"/aws/lambda/{name}")["logStreams"]:
                    break
            begun = time.monotonic()
            own.stop()
        assert time.monotonic() - begun < 600, "what is waited for may take an hour"
        assert processes(own.home) == []

    def test_it_ends_with_who_started_it(self, tmp_path: Path) -> None:
        script = f"""
import pathlib, time
from local.start import EmbeddedAws
EmbeddedAws.start(pathlib.Path({str(tmp_path)!r}))
time.sleep(300)
"""
        parent = subprocess.Popen([sys.executable, "-c", script], cwd=REPOSITORY)
        try:
            for _ in eventually():
                if (tmp_path / "endpoint.json").exists():
                    break
        finally:
            parent.kill()
            parent.wait()
        for _ in eventually():
            if not (tmp_path / "endpoint.json").exists() and not (tmp_path / "tmp").exists():
                break


@pytest.mark.slow
def test_who_sees_that_it_is_there_can_connect_at_once(tmp_path: Path) -> None:
    """Also where the launcher gets no more time after it has said so."""
    announced, lock = tmp_path / "endpoint.json", tmp_path / "lock"
    with ThreadPoolExecutor(1) as starting:
        started = starting.submit(EmbeddedAws.start, tmp_path)
        for _ in eventually():
            if lock.exists() and lock.read_text() not in ("", str(os.getpid())):
                break
        launcher = int(lock.read_text())
        for _ in eventually(pause=0):
            if announced.exists():
                os.kill(launcher, signal.SIGSTOP)
                break
        try:
            port = json.loads(announced.read_text())["url"].rpartition(":")[2]
            socket.create_connection(("127.0.0.1", int(port))).close()
        finally:
            os.kill(launcher, signal.SIGCONT)
            started.result().stop()


@pytest.mark.slow
class TestWhileItRuns:
    def test_it_listens_on_loopback_alone(self, aws: EmbeddedAws) -> None:
        pid = json.loads((aws.home / "endpoint.json").read_text())["pid"]
        listening = [link.laddr for link in psutil.Process(pid).net_connections() if link.status == "LISTEN"]
        assert [address.ip for address in listening] == ["127.0.0.1"]
        assert aws.url.endswith(f":{listening[0].port}")

    def test_nothing_of_the_users_own_aws_reaches_a_function(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        aws: EmbeddedAws,
        function: Callable[..., tuple[str, str]],
    ) -> None:
        source = "import os\ndef handler(event, context):\n    return sorted(os.environ)\n"
        name, _ = function(source)
        answer = aws.client("lambda").invoke(FunctionName=name)
        names = json.load(answer["Payload"])
        assert "AWS_ENDPOINT_URL" in names
        assert not {"AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} & set(names)

    def test_a_bucket_that_demands_tls_answers_on_loopback(
        self, aws: EmbeddedAws, role: Callable[..., str], client_as: Callable[..., object], unique: Callable[[str], str]
    ) -> None:
        s3, bucket = aws.client("s3"), unique("bucket")
        s3.create_bucket(Bucket=bucket)
        resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        deny = {
            **allow("s3:*", on=resources, Bool={"aws:SecureTransport": "false"}),
            "Effect": "Deny",
            "Principal": "*",
        }
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
        reader = client_as(role("lambda", allow("s3:*")), "s3")
        assert reader.list_objects_v2(Bucket=bucket)["KeyCount"] == 0  # type: ignore[attr-defined]

    def test_an_unknown_page_says_which_there_are(self, aws: EmbeddedAws) -> None:
        with pytest.raises(OSError, match="404"):
            aws.post("nothing", {})


def sleeper(home: Path) -> psutil.Process:
    """A process that carries the mark of a home and is nobody's child, as what a killed launcher leaves."""
    script, environment = "sleep 300 >/dev/null & echo $!", {**os.environ, MARK: str(home)}
    return psutil.Process(int(subprocess.check_output(["sh", "-c", script], env=environment)))


def told(home: Path, *arguments: str, before: str = "") -> str:
    """What a launch that cannot be says, and only that."""
    command = f'{before} exec "$0" -m local --home "$@"'
    launched = subprocess.run(
        ["bash", "-c", command, sys.executable, str(home), *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert launched.returncode == 1
    assert launched.stdout == ""
    (sentence,) = launched.stderr.splitlines()
    return sentence
