"""The hosts of one processing job: who they are, and which of them this is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

PORT = 7077
"""Of the master on the first host; the job's security group lets its own members talk."""
LOOPBACK = "lo"
"""Network interface of hosts that are processes of one machine, as on the embedded AWS."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """Addresses of all hosts in one order, and which of them this is."""

    all: tuple[str, ...]
    here: str
    port: int = PORT

    @classmethod
    def read(cls, resources: Path, job: str) -> Hosts:
        """From a processing job's resourceconfig.json. SageMaker's hosts find each other by their names; processes of
        one machine get an address each, which are others for each job."""
        value = json.loads(resources.read_text(encoding="utf-8"))
        names = sorted(value["hosts"])
        if value.get("network_interface_name") != LOOPBACK:
            return cls(tuple(names), value["current_host"])
        addresses = tuple(_loopback(job, number) for number in range(len(names)))
        return cls(addresses, addresses[names.index(value["current_host"])])

    @property
    def first(self) -> bool:
        """The first host leads: it judges what all have read."""
        return self.here == self.all[0]

    @property
    def master(self) -> str:
        return f"spark://{self.all[0]}:{self.port}"

    @property
    def number(self) -> int:
        """From 1, as SageMaker counts."""
        return self.all.index(self.here) + 1


def _loopback(job: str, number: int) -> str:
    """One of 127.0.0.0/8: a job's own network of 254 addresses.

    >>> _loopback("risk-dev-churn-monitor-1", 0) == _loopback("risk-dev-churn-monitor-2", 0)
    False
    """
    high, low = hashlib.sha256(job.encode()).digest()[:2]
    return f"127.{high}.{low}.{number + 1}"
