"""A run that a schedule of SageMaker started: the same monitor, with the files and folders of the managed contract.

SageMaker has put the window's captured files into a folder, and takes what lies in the output folder to S3. Which
release is in service, its baseline and the labels are read from S3 as ever: they change with every release, and a job
definition never does. The report that remediation reads is left by the monitor of data quality alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from containers.folders import MlFolders
from containers.monitor.job import Aws, Change
from core.contracts import reports
from core.contracts.environment import JobEnvironment
from core.contracts.managed import FILES, Contract, told_by
from core.contracts.policy import ModelPolicy
from core.contracts.release import Release

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A captured file in the job's own folder."""

    path: Path
    size: int


class ManagedRun:
    """`containers.monitor.job.Aws` for one run: `aws`, but for what the contract says otherwise."""

    def __init__(self, aws: Aws, contract: Contract, folders: MlFolders) -> None:
        self._aws, self._contract = aws, contract
        self._dataset, self._output = folders.at(contract.dataset), folders.at(contract.output)
        self._constraints = folders.at(contract.constraints) if contract.constraints else None
        self._release: Release | None = None
        self._capture = aws.uri(contract.job, "capture", "")

    def read_policy(self, job: JobEnvironment) -> ModelPolicy:
        return self._aws.read_policy(job)

    def read_release(self, job: JobEnvironment) -> Release | None:
        self._release = self._aws.read_release(job)
        return self._release

    def uri(self, job: JobEnvironment, bucket: str, key: str) -> str:
        return self._aws.uri(job, bucket, key)

    def fetch(self, uri: str, destination: Path) -> list[Path]:
        """The definition's own constraints, where it has any, take the place of the baseline's."""
        files = self._aws.fetch(uri, destination)
        if self._constraints and self._release and uri == self._release.baseline_uri:
            shutil.copyfile(self._constraints, destination / reports.CONSTRAINTS)
        return files

    def fetch_optional(self, uri: str, destination: Path) -> bool:
        return self._aws.fetch_optional(uri, destination)

    def open_blocks(self, uri_prefixes: Iterable[str]) -> Iterator[bytes]:
        prefixes = list(uri_prefixes)
        if self._captured(prefixes):
            return self.read_files(self.list_files(prefixes))
        return self._aws.open_blocks(prefixes)

    def list_files(self, uri_prefixes: Iterable[str]) -> Sequence[Any]:
        """Captured files of the hours asked for: SageMaker may bring more hours than the window has."""
        prefixes = list(uri_prefixes)
        if not self._captured(prefixes):
            return self._aws.list_files(prefixes)
        hours = {_hour(prefix.rstrip("/").split("/")) for prefix in prefixes}
        files = (path for path in self._dataset.rglob("*") if path.is_file())
        found = sorted(path for path in files if _hour(path.relative_to(self._dataset).parent.parts) in hours | {None})
        return [LocalFile(path, path.stat().st_size) for path in found]

    def read_files(self, files: Sequence[Any]) -> Iterator[bytes]:
        """Whole lines, of files of `list_files`."""
        if not all(isinstance(file, LocalFile) for file in files):
            yield from self._aws.read_files(files)
            return
        for file in files:
            with file.path.open("rb") as stream:
                while lines := stream.readlines(BLOCK):
                    yield b"".join(lines)

    def put(self, uri: str, content: Path | bytes, content_type: str) -> None:
        name = uri.rpartition("/")[2]
        if name in FILES[self._contract.type]:
            self._output.mkdir(parents=True, exist_ok=True)
            (self._output / name).write_bytes(content.read_bytes() if isinstance(content, Path) else content)
        if self._contract.type == "DataQuality":
            self._aws.put(uri, content, content_type)

    def change(self, uri: str, new: Change, content_type: str) -> None:
        if self._contract.type == "DataQuality":
            self._aws.change(uri, new, content_type)

    def publish(self, metrics: Sequence[tuple[str, Any]]) -> None:
        if self._contract.publishes:
            own = [each for each in metrics if told_by(each[0], each[1]["MetricName"]) == self._contract.type]
            self._aws.publish(own)

    def _captured(self, prefixes: Sequence[str]) -> bool:
        """Of batches SageMaker captures lists, and what these name lies where the jobs have put it."""
        if self._contract.of_batches or not prefixes:
            return False
        return all(prefix.startswith(self._capture) for prefix in prefixes)


def _hour(folders: Sequence[str]) -> tuple[str, ...] | None:
    """Year, month, day and hour at the end of a path; None where it does not end in those.

    >>> _hour(["churn", "AllTraffic", "2026", "11", "20", "08"]), _hour(["merged"])
    (('2026', '11', '20', '08'), None)
    """
    last = tuple(folders[-4:])
    return last if len(last) == 4 and all(part.isdigit() for part in last) else None
