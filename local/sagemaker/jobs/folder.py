"""The folder that a job sees as /opt/ml: what SageMaker writes into it and what it finds there afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_REASON = 1024
MOUNT = "/opt/ml"


@dataclass(frozen=True, slots=True)
class Folder:
    """The /opt/ml of one host."""

    root: Path
    host: str
    hosts: tuple[str, ...]

    @classmethod
    def of_each_host(cls, parent: Path, count: int) -> tuple[Folder, ...]:
        """Fresh folders below `parent`, one for each instance; the hosts are named as SageMaker names them."""
        shutil.rmtree(parent, ignore_errors=True)
        hosts = tuple(f"algo-{number}" for number in range(1, count + 1))
        folders = tuple(cls(parent / host, host, hosts) for host in hosts)
        for folder in folders:
            folder.root.mkdir(parents=True)
        return folders

    @property
    def index(self) -> int:
        return self.hosts.index(self.host)

    def path(self, mounted: str) -> Path:
        """Where a path under /opt/ml lies here; ValueError for any other path."""
        if mounted != MOUNT and not mounted.startswith(f"{MOUNT}/"):
            raise ValueError(f"{mounted!r} does not lie under {MOUNT}")
        return self.root / mounted.removeprefix(MOUNT).lstrip("/")

    def make(self, mounted: str) -> Path:
        path = self.path(mounted)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, mounted: str, document: Mapping[str, Any]) -> None:
        """A JSON file."""
        path = self.path(mounted)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, default=str))

    def write_resources(self, mounted: str, instance_type: str) -> None:
        """resourceconfig.json: who the others are. All of them are this machine."""
        document = {
            "current_host": self.host,
            "current_instance_type": instance_type,
            "current_group_name": "homogeneousCluster",
            "hosts": list(self.hosts),
            "instance_groups": [
                {
                    "instance_group_name": "homogeneousCluster",
                    "instance_type": instance_type,
                    "hosts": list(self.hosts),
                }
            ],
            "network_interface_name": "lo",
        }
        self.write(mounted, document)

    def text(self, mounted: str) -> str:
        """The first kilobyte that the program left in a file; empty where it left none. UnicodeDecodeError as it is."""
        path = self.path(mounted)
        return path.read_bytes()[:LONGEST_REASON].decode() if path.is_file() else ""


def merge(sources: Sequence[Path], target: Path) -> Path:
    """The files of all hosts in one folder, as SageMaker joins them; of equal names the last one stays."""
    for source in sources:
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
    target.mkdir(parents=True, exist_ok=True)
    return target
