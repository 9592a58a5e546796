"""A second run over a transform job, when labels of its rows have come: the same monitor, which tells of quality alone.

What it leaves lies below `core.contracts.batch.labels_prefix`, apart from what the first look left: what was said of
the rows stays said once, and later batches are compared with the counts of the first look.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from containers.monitor.batch_run import BatchRun
from containers.monitor.job import Aws, watch, window_of
from core.contracts.batch import labels_prefix
from core.contracts.batch_metrics import datum_of_batch
from core.contracts.environment import BatchLabelsEnvironment, JobEnvironment
from core.contracts.metrics import QUALITY, QUALITY_DROP
from core.contracts.reports import RECENT, REPORT, MonitorReport, report_folder

NOT_JUDGED = "Its quality is not told: "


def judge_batch(job: BatchLabelsEnvironment, aws: Aws) -> str:
    """Judge the rows of one transform job by the labels that were collected for them; return the exit message."""
    run = LabelsRun(aws, job)
    start, _ = window_of(job)
    said = watch(job, run, schedule=run.schedule, labels=(start, run.until))
    return said if run.told else f"{said} {run.why_not()}"


class LabelsRun(BatchRun):
    """`containers.monitor.job.Aws` for one run: a `BatchRun` that tells of quality, where the first look did not."""

    def __init__(self, aws: Aws, job: BatchLabelsEnvironment) -> None:
        super().__init__(aws, job)
        self.until = datetime.fromisoformat(job.labels_until)
        self.told = False
        """Whether quality was published."""
        self._known = self._told_before()

    def uri(self, job: JobEnvironment, bucket: str, key: str) -> str:
        """Of reports, below a prefix of their own; the counts of earlier batches are those of the first looks."""
        if bucket != "reports" or not key.startswith(self._names.report_prefix) or key.endswith(RECENT):
            return super().uri(job, bucket, key)
        below = labels_prefix(self._names) + key.removeprefix(self._names.report_prefix)
        return self._aws.uri(job, bucket, below)

    def put(self, uri: str, content: Path | bytes, content_type: str) -> None:
        """But for the counts of the batch, which the first look has left."""
        if not uri.endswith(f"/{RECENT}"):
            super().put(uri, content, content_type)

    def publish(self, metrics: Sequence[tuple[str, Any]]) -> None:
        """Quality, at the end of the time that labels have: an alarm looks at the newest periods only."""
        quality = [each for each in metrics if each[0] == QUALITY or each[1]["MetricName"] == QUALITY_DROP.name]
        if quality and not self._known:
            self._aws.publish([datum_of_batch(space, datum, self.schedule, self.until) for space, datum in quality])
            self.told = True

    def why_not(self) -> str:
        if self._known:
            return f"{NOT_JUDGED}the look at the batch's end told it."
        least = self.read_policy(self._job).watch.minimum_labels
        of = f"collected before {self.until:%Y-%m-%d %H:%M} UTC, of answers of the release that is in service"
        return f"{NOT_JUDGED}it takes {least} labels, {of}."

    def _told_before(self) -> bool:
        """Whether the first look had labels enough: the team asks for late ones only since."""
        folder = report_folder(self._names.report_prefix, window_of(self._job)[1])
        with TemporaryDirectory() as scratch:
            file = Path(scratch) / REPORT
            if not self._aws.fetch_optional(super().uri(self._job, "reports", folder + REPORT), file):
                return False
            try:
                return MonitorReport.from_json(file.read_bytes()).quality is not None
            except (ValueError, KeyError, TypeError):
                return False
