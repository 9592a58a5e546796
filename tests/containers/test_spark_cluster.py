"""A processing job of several hosts is a cluster, and its summary is that of one process."""

from __future__ import annotations

import importlib.util
import json
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from containers.spark import secret
from containers.spark.cluster import SETTINGS, Member, Size, application, cluster, reachable
from containers.spark.hosts import Hosts

ROOT = Path(__file__).parents[2]
SPARK = ROOT / "build" / "spark"
SIZE = Size(cores=1, memory_mb=600)
MEMBER = """
import json, sys
from pathlib import Path
from bench.spark_window import reader, window
from containers.monitor.parts import parts
from containers.spark.cluster import Size, application, cluster
from containers.spark.hosts import Hosts
from containers.spark.session import spark

folder, port, here = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
hosts, size = Hosts(("127.0.0.1", "127.0.0.2"), here, port), Size(1, 600)
with cluster(hosts, sys.stdin.readline().strip(), size) as member:
    if not hosts.first:
        member.serve()
    else:
        with spark(hosts.master, application(hosts, size), member.settings) as engine:
            cut = parts(window(folder, 200_000), 1)
            found = engine(cut, reader())
            ran_on = engine.context.parallelize(range(8), 8).map(lambda _: __import__("os").getppid()).distinct()
            print(json.dumps({"rows": found.shape.rows, "parts": len(cut), "processes": ran_on.count()}))
"""
STRANGER = """
import sys
from containers.spark.cluster import CLOSED
from containers.spark.session import spark

settings = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
if len(sys.argv) > 2:
    settings |= {**CLOSED, "spark.authenticate.secret": sys.argv[2]}
with spark(sys.argv[1], settings) as engine:
    print("taken in", engine.context.parallelize(range(2), 2).count())
"""


def hosts_of(folder: Path, here: str, job: str = "j", interface: str = "eth0") -> Hosts:
    file = folder / "resourceconfig.json"
    file.write_text(
        json.dumps({"current_host": here, "hosts": ["algo-2", "algo-1"], "network_interface_name": interface})
    )
    return Hosts.read(file, job)


def test_hosts_are_read_from_the_job_and_the_first_by_name_leads(tmp_path: Path) -> None:
    hosts = hosts_of(tmp_path, "algo-2")
    assert (hosts.all, hosts.first, hosts.master) == (("algo-1", "algo-2"), False, "spark://algo-1:7077")
    assert hosts_of(tmp_path, "algo-1").first
    assert application(hosts, Size(4, 600))["spark.cores.max"] == "8"


def test_hosts_that_are_processes_of_one_machine_have_addresses_of_their_own(tmp_path: Path) -> None:
    hosts = hosts_of(tmp_path, "algo-2", interface="lo")
    assert hosts.here == hosts.all[1]
    assert len(set(hosts.all)) == 2
    assert {address.partition(".")[0] for address in hosts.all} == {"127"}
    assert not set(hosts.all) & set(hosts_of(tmp_path, "algo-2", "another job", "lo").all)


def test_a_master_that_is_not_there_is_not_reachable() -> None:
    assert not reachable(Hosts(("127.0.0.1",), "127.0.0.1", free_port()))


class Objects(dict[str, bytes]):
    """A store in memory."""

    def put(self, uri: str, content: Path | bytes, content_type: str) -> None:
        assert isinstance(content, bytes)
        self[uri] = content

    def fetch_optional(self, uri: str, destination: Path) -> bool:
        if uri in self:
            destination.write_bytes(self[uri])
        return uri in self


def test_all_hosts_of_a_job_know_the_secret_that_the_first_one_made() -> None:
    store = Objects()
    made = secret.made("s3://reports/job-1", store)
    assert secret.awaited("s3://reports/job-1", store) == made
    assert len(bytes.fromhex(made)) == secret.BYTES
    assert secret.made("s3://reports/job-2", store) != made


def test_a_first_host_that_never_comes_is_waited_for_in_vain() -> None:
    with pytest.raises(TimeoutError, match=r"did not begin within 0 s: nothing lies at s3://reports/job-1"):
        secret.awaited("s3://reports/job-1", Objects(), patience_s=0, look_s=0)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def with_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("java") is None or (importlib.util.find_spec("pyspark") is None and not SPARK.exists()):
        pytest.skip("needs Java 17 or 21, and pyspark: `make spark`")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{SPARK}")
    monkeypatch.syspath_prepend(str(SPARK))


def member(folder: Path, port: int, host: str) -> subprocess.Popen[bytes]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", MEMBER, str(folder), str(port), host], cwd=ROOT, **pipes)  # type: ignore[call-overload]
    process.stdin.write(b"5ecret" * 8 + b"\n")
    process.stdin.flush()
    return process  # type: ignore[no-any-return]


@pytest.mark.slow
@pytest.mark.usefixtures("with_spark")
def test_two_hosts_read_one_window_together(tmp_path: Path) -> None:
    from bench.spark_window import ROWS, write

    write(tmp_path)
    port = free_port()
    first, second = (member(tmp_path, port, host) for host in ("127.0.0.1", "127.0.0.2"))
    drained = threading.Thread(target=second.communicate)
    drained.start()
    try:
        out, err = first.communicate(timeout=600)
        drained.join(600)
    finally:
        for process in (first, second):
            process.terminate()
    assert first.returncode == 0, err.decode()[-3000:]
    assert second.returncode == 0  # it ends when the first has ended the cluster
    assert json.loads(out.decode().strip().splitlines()[-1]) == {"rows": 4 * ROWS, "parts": 4, "processes": 2}


@pytest.fixture
def alone(with_spark: None) -> Iterator[Member]:
    """A cluster of one host."""
    with cluster(Hosts(("127.0.0.1",), "127.0.0.1", free_port()), "a" * 64, SIZE) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("told", [[], ["b" * 64]], ids=["no secret", "another secret"])
def test_who_does_not_know_the_secret_is_not_taken_in(alone: Member, told: list[str]) -> None:
    tried = subprocess.run(
        [sys.executable, "-c", STRANGER, alone.hosts.master, *told], cwd=ROOT, capture_output=True, timeout=300
    )
    assert tried.returncode != 0
    assert b"taken in" not in tried.stdout
    alone.check()


@pytest.mark.slow
def test_the_secret_stands_where_only_this_user_reads_it(alone: Member) -> None:
    assert stat.S_IMODE((alone.settings / SETTINGS).stat().st_mode) == 0o600
    assert stat.S_IMODE(alone.settings.stat().st_mode) == 0o700
    assert not any("a" * 64 in argument for daemon in alone.daemons for argument in map(str, daemon.process.args))


@pytest.mark.slow
def test_a_program_of_spark_that_ends_ends_the_host(alone: Member) -> None:
    alone.check()
    alone.daemons[-1].process.kill()
    alone.daemons[-1].process.wait()
    with pytest.raises(RuntimeError, match="Spark's worker on host 1 has ended with code -9"):
        alone.serve()
