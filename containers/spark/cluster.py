"""The hosts of one processing job as a cluster: Spark's own standalone one, for as long as the job takes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PORT = 7077
"""Of the master on the first host; the job's security group lets its own members talk."""
PATIENCE_S = 300
"""Hosts of one job start within minutes of each other."""
LOOK_S = 1.0
DAEMON = "org.apache.spark.deploy"


@dataclass(frozen=True, slots=True)
class Hosts:
    """All hosts in one order, and which of them this is."""

    all: tuple[str, ...]
    here: str
    port: int = PORT

    @classmethod
    def read(cls, resources: Path) -> Hosts:
        """From a processing job's resourceconfig.json."""
        value = json.loads(resources.read_text(encoding="utf-8"))
        return cls(tuple(sorted(value["hosts"])), value["current_host"])

    @property
    def first(self) -> bool:
        """The first host leads: it judges what all have read."""
        return self.here == self.all[0]

    @property
    def master(self) -> str:
        return f"spark://{self.all[0]}:{self.port}"

    def settings(self, cores: int) -> dict[str, str]:
        """Of the application on the first host. It begins when all hosts are there, or after PATIENCE_S."""
        return {
            "spark.driver.host": self.here,
            "spark.driver.bindAddress": self.here,
            "spark.cores.max": str(cores * len(self.all)),
            "spark.scheduler.minRegisteredResourcesRatio": "1.0",
            "spark.scheduler.maxRegisteredResourcesWaitingTime": f"{PATIENCE_S}s",
        }


@contextmanager
def cluster(hosts: Hosts, cores: int, memory_mb: int) -> Iterator[None]:
    """This host's part of the cluster while the block runs: a worker, and on the first host the master as well."""
    with ExitStack() as parts:
        work = parts.enter_context(TemporaryDirectory(prefix="spark-"))
        if hosts.first:
            at = ["--host", hosts.here, "--port", str(hosts.port), "--webui-port", "0"]
            parts.enter_context(_daemon("master.Master", at))
        _wait(hosts)
        size = ["--host", hosts.here, "--webui-port", "0", "--cores", str(cores), "--memory", f"{memory_mb}m"]
        parts.enter_context(_daemon("worker.Worker", [*size, "--work-dir", work, hosts.master]))
        yield


def serve(hosts: Hosts) -> None:
    """Until the first host has ended the cluster."""
    while reachable(hosts):
        time.sleep(LOOK_S)


def reachable(hosts: Hosts) -> bool:
    """Whether the master takes connections."""
    try:
        with socket.create_connection((hosts.all[0], hosts.port), timeout=10):
            return True
    except OSError:  # refused, no such host yet, no answer
        return False


def _wait(hosts: Hosts) -> None:
    """Raises TimeoutError where the first host does not come."""
    until = time.monotonic() + PATIENCE_S
    while not reachable(hosts):
        if time.monotonic() > until:
            raise TimeoutError(f"{hosts.master} did not answer within {PATIENCE_S} s")
        time.sleep(LOOK_S)


@contextmanager
def _daemon(name: str, arguments: Sequence[str]) -> Iterator[None]:
    """A program of Spark's while the block runs."""
    import pyspark

    home = Path(pyspark.__file__).parent
    command = [str(home / "bin" / "spark-class"), f"{DAEMON}.{name}", *arguments]
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_DAEMON_MEMORY": "512m"}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
