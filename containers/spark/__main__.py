"""The program of the image `spark`, on every host of one job: the first leads the others and is the monitor."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from containers import outcome, shell
from containers.folders import MlFolders
from containers.monitor.job import Aws
from containers.monitor.late_labels import watch_endpoint
from containers.monitor.parts import Engine
from containers.spark import secret
from containers.spark.cluster import Size, application, cluster
from containers.spark.hosts import Hosts
from containers.spark.session import spark
from core.contracts.environment import MonitorEnvironment
from core.names import TeamNames

SHARE = 0.3
"""Of a host's memory that is Spark's; the Python processes that read take theirs beside it."""
LEAST_MB = 600
"""With less than this Spark's executor does not start."""
Joining = Callable[[Hosts, str, Size], AbstractContextManager[Engine | None]]
"""An engine of all hosts, where this is the first of them."""


def monitored(
    variables: Mapping[str, str], folders: MlFolders, aws: Aws = shell, join: Joining | None = None
) -> str | None:
    """Monitor the window that the variables tell, or help with it; return the exit message where this host has one."""
    job = MonitorEnvironment.read(variables)
    name = json.loads(folders.job.read_text(encoding="utf-8"))["ProcessingJobName"]
    hosts = Hosts.read(folders.hosts, name)
    place = aws.uri(job, "reports", TeamNames(job.team, job.environment).cluster_key(name))
    known = secret.made(place, aws) if hosts.first else secret.awaited(place, aws)
    with (join or joined)(hosts, known, of_this_machine()) as engine:
        return None if engine is None else watch_endpoint(job, aws, engine)


@contextmanager
def joined(hosts: Hosts, known: str, size: Size) -> Iterator[Engine | None]:
    """The cluster as an engine, on the host that leads it. On the others None, when the cluster has ended."""
    with cluster(hosts, known, size) as member:
        if not hosts.first:
            member.serve()
            yield None
            return
        with spark(hosts.master, application(hosts, size), member.settings) as engine:
            yield engine


def of_this_machine() -> Size:
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return Size(os.cpu_count() or 1, max(LEAST_MB, int(memory_mb * SHARE)))


if __name__ == "__main__":
    folders = MlFolders.read(os.environ)
    sys.exit(outcome.run(lambda: monitored(os.environ, folders), folders.message))
