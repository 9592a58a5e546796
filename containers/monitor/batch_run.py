"""A run over a transform job: the same monitor, which reads the job's answers, and tells of the batch's schedule.

Reports and counts of earlier windows lie beside the endpoint's, below `ModelNames.batch_prefix`; metrics go where the
managed monitors have those of batch transform. A batch is compared with the batches before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from containers.monitor.job import Aws, Change, watch, window_of
from containers.transformed import Answers, manifest
from core.contracts.batch import answers_prefix
from core.contracts.batch_metrics import datum_of_batch
from core.contracts.capture import hour_folders
from core.contracts.environment import BatchMonitorEnvironment, JobEnvironment, MonitorEnvironment
from core.contracts.policy import ModelPolicy
from core.contracts.release import Release
from core.names import TeamNames

SUFFIX = ".out"
"""SageMaker puts it behind the key of what was read."""


def watch_batch(job: BatchMonitorEnvironment, aws: Aws) -> str:
    """Monitor the rows of one transform job; return the exit message."""
    run = BatchRun(aws, job)
    return watch(job, run, schedule=run.schedule, labels=run.none_yet())


class BatchRun:
    """`containers.monitor.job.Aws` for one run: `aws`, but for what a batch has otherwise."""

    def __init__(self, aws: Aws, job: BatchMonitorEnvironment, told_at: datetime | None = None) -> None:
        """Metrics are told at the time for which the batch was scheduled, one data point in each period however long a
        job took, or at `told_at`."""
        self._aws, self._job = aws, job
        self._names = TeamNames(job.team, job.environment).model(job.model)
        self._due = datetime.fromisoformat(job.due_at)
        self._told_at = told_at or self._due
        self._policy: ModelPolicy | None = None
        self._capture = aws.uri(job, "capture", "")

    @property
    def schedule(self) -> str:
        return self._names.batch

    def none_yet(self) -> tuple[datetime, datetime] | None:
        """The time of labels, none of it, where a batch is looked at again for them: its quality is judged once."""
        batch = self.read_policy(self._job).batch
        return (self._due, self._due) if batch is not None and batch.labels_s else None

    def read_policy(self, job: JobEnvironment) -> ModelPolicy:
        self._policy = self._aws.read_policy(job)
        return self._policy

    def read_release(self, job: JobEnvironment) -> Release | None:
        return self._aws.read_release(job)

    def uri(self, job: JobEnvironment, bucket: str, key: str) -> str:
        """Of reports, below the batch's own prefix."""
        own = bucket == "reports" and key.startswith(self._names.report_prefix)
        below = self._names.batch_prefix + key.removeprefix(self._names.report_prefix)
        return self._aws.uri(job, bucket, below if own else key)

    def fetch(self, uri: str, destination: Path) -> list[Path]:
        return self._aws.fetch(uri, destination)

    def fetch_optional(self, uri: str, destination: Path) -> bool:
        return self._aws.fetch_optional(uri, destination)

    def open_blocks(self, uri_prefixes: Iterable[str]) -> Iterator[bytes]:
        return self._aws.open_blocks(uri_prefixes)

    def list_files(self, uri_prefixes: Iterable[str]) -> Sequence[Any]:
        """What the job wrote, as the manifests of its hours name it. Raises ValueError where none does, or
        where some of it is gone: no rows would look like a batch without faults."""
        prefixes = list(uri_prefixes)
        if not all(prefix.startswith(self._capture) for prefix in prefixes):
            return self._aws.list_files(prefixes)
        place = self._aws.uri(self._job, "data", answers_prefix(self._names, self._job.transform_job))
        named = sorted({uri for uri in written(self._aws, self._job) if uri.startswith(place)})
        if not named:
            raise ValueError(f"no manifest of the window names anything that {self._job.transform_job} wrote")
        listed: Sequence[Any] = self._aws.list_files([place])
        there = {file.uri: file for file in listed}
        if missing := [uri for uri in named if uri not in there]:
            raise ValueError(f"the manifests of {self._job.transform_job} name {missing[0]}, which is not there")
        return [there[uri] for uri in named]

    def read_files(self, files: Sequence[Any]) -> Iterator[bytes]:
        """Whole lines of captured requests."""
        policy = self._policy or self.read_policy(self._job)
        answers = Answers(policy.signature.target)
        if policy.batch is None or policy.batch.joined:
            yield from map(answers.joined, self._aws.read_files(files))
            return
        source = self._aws.uri(self._job, "data", policy.batch.rows_prefix(self._names, self._due))
        written = self._aws.uri(self._job, "data", answers_prefix(self._names, self._job.transform_job))
        for file in files:
            read = source + file.uri.removeprefix(written).removesuffix(SUFFIX)
            yield from answers.beside(self._aws.open_blocks([read]), self._aws.read_files([file]))

    def put(self, uri: str, content: Path | bytes, content_type: str) -> None:
        self._aws.put(uri, content, content_type)

    def change(self, uri: str, new: Change, content_type: str) -> None:
        self._aws.change(uri, new, content_type)

    def publish(self, metrics: Sequence[tuple[str, Any]]) -> None:
        schedule = self._names.batch
        self._aws.publish([datum_of_batch(space, datum, schedule, self._told_at) for space, datum in metrics])


def written(aws: Aws, job: MonitorEnvironment) -> Iterator[str]:
    """URIs of everything that the model's transform jobs wrote in the hours of the window, as their manifests say.
    Raises ValueError for a file that is no manifest: what it should name would be missing without a word."""
    names = TeamNames(job.team, job.environment).model(job.model)
    place = aws.uri(job, "capture", f"{names.batch_prefix}output/")
    files: Sequence[Any] = aws.list_files([f"{place}{hour}/" for hour in hour_folders(*window_of(job))])
    for file in files:
        try:
            yield from manifest(b"".join(aws.read_files([file])))
        except ValueError as reason:
            raise ValueError(f"{file.uri}: {reason}") from reason
