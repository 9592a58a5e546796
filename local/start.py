"""The embedded AWS as an object: started as its own process, used, stopped. Tests and the demonstration use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config

from local import leftovers
from local.claim import HomeUnusable, claimed
from local.settings import ACCOUNT, REGION, Settings

PATIENCE_S = 300.0
"""How long anything may take on a machine that has much else to do. What takes longer hangs."""
END_PATIENCE_S = 60.0
REPOSITORY = Path(__file__).parent.parent


class NotStarted(Exception):
    """The launcher ended or did not answer in time; the message holds what it said last."""


@dataclass
class EmbeddedAws:
    """A running embedded AWS. It also ends by itself when this process does."""

    home: Path
    url: str
    hour_seconds: float
    _process: subprocess.Popen[bytes] = field(repr=False)

    @classmethod
    def start(
        cls,
        home: Path,
        hour_seconds: float = 3600,
        port: int = 0,
        engine: str = "process",
        log_level: str = "WARNING",
        detached: bool = False,
    ) -> EmbeddedAws:
        """Launch in `home` and wait until it answers; raises NotStarted otherwise. Its log is `<home>/launcher.log`.

        `detached` lets it outlive this process, until `stop_running` or `stop`.
        """
        home = home.resolve()
        home.mkdir(parents=True, exist_ok=True)
        endpoint, log = home / "endpoint.json", home / "launcher.log"
        try:
            with claimed(home):  # what a running one wrote stays as it is
                endpoint.unlink(missing_ok=True)
        except HomeUnusable as error:
            raise NotStarted(str(error)) from None
        command = [sys.executable, "-m", "local", "--home", str(home), "--port", str(port)]
        command += ["--hour-seconds", str(hour_seconds), "--engine", engine]
        command += [] if detached else ["--until-parent-exits"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env={**os.environ, "LOG_LEVEL": log_level},
                stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the caller alone, which then stops this in order
            )
        made = cls(home, "", hour_seconds, process)
        deadline = time.monotonic() + PATIENCE_S
        try:
            while not endpoint.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise NotStarted("\n".join(log.read_text(errors="replace").splitlines()[-20:]))
                time.sleep(0.05)
        except BaseException:  # a signal as well: what was begun is ended
            made.stop()
            raise
        made.url = json.loads(endpoint.read_text())["url"]
        return made

    @classmethod
    def stop_running(cls, home: Path) -> bool:
        """End the one that runs in `home`, whoever started it; False where none does."""
        try:
            pid = int((home / "lock").read_text())
        except (OSError, ValueError):
            return False
        try:
            with claimed(home):
                return False
        except HomeUnusable:
            os.kill(pid, signal.SIGTERM)
        for _ in eventually():
            with suppress(HomeUnusable), claimed(home):
                break
        return True

    def environment(self) -> dict[str, str]:
        """What boto3, the AWS CLI and the CDK CLI need in order to use this AWS and nothing of the user's own."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "CDK_DEFAULT_ACCOUNT": ACCOUNT,
            "CDK_DEFAULT_REGION": REGION,
            # The CDK CLI remembers the account behind an access key there; the user's own memory stays untouched.
            "CDK_HOME": str(self.home / "cdk"),
            "CDK_DISABLE_VERSION_CHECK": "1",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
        }

    def client(self, service: str, credentials: dict[str, str] | None = None) -> Any:
        """boto3 client of the account's owner, or with AWS_ACCESS_KEY_ID and so on from `credentials`."""
        given = {**self.environment(), **(credentials or {})}
        with _making:
            return _session().client(
                service,
                region_name=REGION,
                endpoint_url=self.url,
                aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=given.get("AWS_SESSION_TOKEN"),
                config=Config(
                    s3={"addressing_style": "path"},
                    retries={"mode": "standard", "max_attempts": 2},
                    read_timeout=PATIENCE_S,
                ),
            )

    def now(self) -> datetime:
        """The simulated time."""
        return datetime.fromisoformat(self._page("clock")["now"])

    def pace(self, hour_seconds: float) -> None:
        """From now on a simulated hour lasts so many seconds."""
        self.post("clock", {"hour_seconds": hour_seconds})
        self.hour_seconds = hour_seconds

    def outbox(self) -> list[dict[str, Any]]:
        """E-mails and text messages that AWS would have sent, oldest first; see `local.outbox`."""
        messages: list[dict[str, Any]] = self._page("outbox")["messages"]
        return messages

    def post(self, page: str, document: dict[str, Any]) -> dict[str, Any]:
        """POST to a page under /_homeostat/."""
        return self._page(page, json.dumps(document).encode())

    def stop(self) -> None:
        """End it with all of its processes and temporary folders; more than one call does no harm."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(END_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            leftovers.stop_processes(self.home)  # what it could not end by itself any more
            leftovers.remove_folder(Settings(self.home).temporary)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _page(self, page: str, body: bytes | None = None) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}/_homeostat/{page}", data=body)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            document: dict[str, Any] = json.load(answer)
        return document


_making = Lock()


@cache
def _session() -> boto3.session.Session:
    """One for all clients, since each session reads the service models anew; making clients needs the lock."""
    return boto3.session.Session()


def eventually(seconds: float = PATIENCE_S, pause: float = 0.05) -> Iterator[None]:
    """Loop until something holds: `for _ in eventually(): if done(): break`; TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(pause)
    raise TimeoutError(f"it did not happen within {seconds} s")
