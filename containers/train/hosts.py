"""The hosts of one training job: each trains on its part of the rows, and XGBoost's collective makes one model."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from containers.boosting import xgboost
from containers.dataset import Dataset

PORT = 29099
"""Of the tracker on the first host; the job's security group lets its own members talk."""
PATIENCE_S = 300
"""Hosts of one job start within minutes of each other."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """All hosts in one order, and which of them this is."""

    all: tuple[str, ...] = ("localhost",)
    rank: int = 0

    @classmethod
    def read(cls, resources: Path) -> Hosts:
        """From resourceconfig.json; where there is none, this is the only host."""
        if not resources.exists():
            return cls()
        value = json.loads(resources.read_text(encoding="utf-8"))
        hosts = tuple(sorted(value["hosts"]))
        return cls(hosts, hosts.index(value["current_host"]))

    @property
    def first(self) -> bool:
        """The first host prints, keeps checkpoints and saves the model."""
        return self.rank == 0

    def part(self, data: Dataset) -> Dataset:
        """This host's rows: every n-th. Each host is given the whole data set."""
        mine = slice(self.rank, None, len(self.all))
        return Dataset(data.signature, data.rows[mine], data.labels[mine])

    @contextmanager
    def together(self) -> Iterator[None]:
        """Within, training and evaluation span all hosts."""
        if len(self.all) == 1:
            yield
            return
        tracker = None
        if self.first:
            address = socket.gethostbyname(self.all[0])
            tracker = xgboost().RabitTracker(host_ip=address, n_workers=len(self.all), port=PORT)
            tracker.start()
        with xgboost().collective.CommunicatorContext(
            dmlc_tracker_uri=socket.gethostbyname(self.all[0]),
            dmlc_tracker_port=PORT,
            dmlc_retry=PATIENCE_S,
            dmlc_task_id=f"{self.rank:03d}",
        ):
            yield
        if tracker is not None:
            tracker.wait_for(timeout=PATIENCE_S)

    def any(self, here: bool) -> bool:
        """Whether it is so on any host. All must ask: hosts that stopped in different rounds would wait forever."""
        if len(self.all) == 1:
            return here
        collective = xgboost().collective
        return bool(collective.allreduce(np.array([int(here)], dtype=np.int32), collective.Op.MAX)[0])
