"""A processing job of several hosts is a cluster, and its summary is that of one process."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from containers.spark.cluster import Hosts, reachable

ROOT = Path(__file__).parents[2]
SPARK = ROOT / "build" / "spark"
MEMBER = """
import json, sys
from pathlib import Path
from bench.spark_window import reader, window
from containers.monitor.parts import parts
from containers.spark.cluster import Hosts, cluster, serve
from containers.spark.session import spark

folder, port, here = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
hosts = Hosts(("127.0.0.1", "127.0.0.2"), here, port)
with cluster(hosts, cores=1, memory_mb=700):
    if not hosts.first:
        serve(hosts)
    else:
        with spark(hosts.master, {**hosts.settings(1), "spark.executor.memory": "600m"}) as engine:
            cut = parts(window(folder, 200_000), 1)
            found = engine(cut, reader())
            ran_on = engine.context.parallelize(range(8), 8).map(lambda _: __import__("os").getppid()).distinct()
            print(json.dumps({"rows": found.shape.rows, "parts": len(cut), "processes": ran_on.count()}))
"""


def test_hosts_are_read_from_the_job_and_the_first_by_name_leads(tmp_path: Path) -> None:
    file = tmp_path / "resourceconfig.json"
    file.write_text(json.dumps({"current_host": "algo-2", "hosts": ["algo-2", "algo-1"]}))
    hosts = Hosts.read(file)
    assert (hosts.all, hosts.first, hosts.master) == (("algo-1", "algo-2"), False, "spark://algo-1:7077")
    assert Hosts(hosts.all, "algo-1").first
    assert hosts.settings(4)["spark.cores.max"] == "8"


def test_a_master_that_is_not_there_is_not_reachable() -> None:
    assert not reachable(Hosts(("127.0.0.1",), "127.0.0.1", free_port()))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
def test_two_hosts_read_one_window_together(tmp_path: Path) -> None:
    from bench.spark_window import ROWS, write

    if shutil.which("java") is None or (importlib.util.find_spec("pyspark") is None and not SPARK.exists()):
        pytest.skip("needs Java 8, 11 or 17, and pyspark: `make spark`")
    write(tmp_path)
    port = str(free_port())
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{SPARK}", "SPARK_LOCAL_IP": "127.0.0.1"}
    first, second = (
        subprocess.Popen(
            [sys.executable, "-c", MEMBER, str(tmp_path), port, host],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
        )
        for host in ("127.0.0.1", "127.0.0.2")
    )  # fmt: skip
    drained = threading.Thread(target=second.communicate)
    drained.start()
    try:
        out, err = first.communicate(timeout=600)
        drained.join(120)
    finally:
        for process in (first, second):
            process.terminate()
    assert first.returncode == 0, err.decode()[-3000:]
    assert second.returncode == 0  # it ends when the first has ended the cluster
    assert json.loads(out.decode().strip().splitlines()[-1]) == {"rows": 4 * ROWS, "parts": 4, "processes": 2}
