"""The hosts of one processing job as a cluster: Spark's own standalone one, for as long as the job takes."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from containers.spark.hosts import Hosts

PATIENCE_S = 300
"""Hosts of one job start within minutes of each other."""
LOOK_S = 1.0
DAEMON = "org.apache.spark.deploy"
SETTINGS = "spark-defaults.conf"
CLOSED = {
    # Whoever connects proves that it knows the secret, which is never sent, and both sides encrypt what follows.
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.network.crypto.authEngineVersion": "2",
    "spark.network.crypto.cipher": "AES/GCM/NoPadding",
    "spark.network.crypto.saslFallback": "false",
    # These two would ask for no secret.
    "spark.master.rest.enabled": "false",
    "spark.ui.killEnabled": "false",
}


@dataclass(frozen=True, slots=True)
class Size:
    """What a host gives to its part of the work."""

    cores: int
    memory_mb: int
    """Of Spark's own; the Python processes that read take theirs beside it."""


@dataclass(frozen=True, slots=True)
class Member:
    """This host's part of a cluster that runs."""

    hosts: Hosts
    settings: Path
    """Folder with what Spark's programs here are told, the secret among it; nobody else may read it."""
    daemons: Sequence[Daemon]

    def check(self) -> None:
        """Raises RuntimeError where a program of Spark's has ended, which none does by itself."""
        for daemon in self.daemons:
            code = daemon.process.poll()
            if code is not None:
                raise RuntimeError(f"Spark's {daemon.name} on host {self.hosts.number} has ended with code {code}")

    def serve(self) -> None:
        """Until the first host has ended the cluster."""
        while reachable(self.hosts):
            self.check()
            time.sleep(LOOK_S)


@dataclass(frozen=True, slots=True)
class Daemon:
    name: str
    process: subprocess.Popen[bytes]


def application(hosts: Hosts, size: Size) -> dict[str, str]:
    """Settings of the monitor on the first host. It begins when all hosts are there, or after PATIENCE_S."""
    return {
        "spark.driver.host": hosts.here,
        "spark.driver.bindAddress": hosts.here,
        "spark.executor.memory": f"{size.memory_mb}m",
        "spark.cores.max": str(size.cores * len(hosts.all)),
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.scheduler.maxRegisteredResourcesWaitingTime": f"{PATIENCE_S}s",
    }


@contextmanager
def cluster(hosts: Hosts, secret: str, size: Size) -> Iterator[Member]:
    """This host's part of the cluster while the block runs: a worker, and on the first host the master as well."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(TemporaryDirectory(prefix="spark-")))
        settings = _written(folder, {**CLOSED, "spark.authenticate.secret": secret})
        daemons: list[Daemon] = []
        member = Member(hosts, settings, daemons)
        if hosts.first:
            at = ["--host", hosts.here, "--port", str(hosts.port), "--webui-port", "0"]
            daemons.append(parts.enter_context(_daemon("master.Master", at, settings)))
        _wait(member)
        options = ["--host", hosts.here, "--webui-port", "0", "--work-dir", str(folder / "work")]
        options += ["--cores", str(size.cores), "--memory", f"{size.memory_mb}m"]
        daemons.append(parts.enter_context(_daemon("worker.Worker", [*options, hosts.master], settings)))
        yield member


def reachable(hosts: Hosts) -> bool:
    """Whether the master takes connections."""
    try:
        with socket.create_connection((hosts.all[0], hosts.port), timeout=10):
            return True
    except OSError:  # refused, no such host yet, no answer
        return False


def _wait(member: Member) -> None:
    """Raises TimeoutError where the first host does not come."""
    until = time.monotonic() + PATIENCE_S
    while not reachable(member.hosts):
        member.check()
        if time.monotonic() > until:
            raise TimeoutError(f"{member.hosts.master} did not answer within {PATIENCE_S} s")
        time.sleep(LOOK_S)


def _written(folder: Path, settings: Mapping[str, str]) -> Path:
    """In a file, because any process here sees what stands in a command line."""
    file = folder / SETTINGS
    file.touch(mode=0o600)
    file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8")
    return folder


@contextmanager
def _daemon(name: str, arguments: Sequence[str], settings: Path) -> Iterator[Daemon]:
    """A program of Spark's while the block runs. Its pages listen on loopback alone."""
    import pyspark

    home = Path(pyspark.__file__).parent
    command = [str(home / "bin" / "spark-class"), f"{DAEMON}.{name}", *arguments]
    told = {"SPARK_HOME": str(home), "SPARK_CONF_DIR": str(settings), "SPARK_LOCAL_IP": "127.0.0.1"}
    environment = {**os.environ, **told, "SPARK_DAEMON_MEMORY": "512m"}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    try:
        yield Daemon(name.partition(".")[0], process)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
