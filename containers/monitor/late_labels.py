"""A second look at a window whose labels have had their time: the same monitor, which tells what labels tell alone.

What it leaves lies below `core.contracts.reports.labels_prefix`, apart from what the first look left: what was said of
the rows stays said once, and later windows are compared with the counts of the first look. The first look judges no
quality, whatever labels are there already: labels that come early are not those of all rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from containers.monitor.job import Aws, Change, watch, window_of
from containers.monitor.metrics import told_at
from containers.monitor.parts import Engine, in_turn
from core.contracts.environment import JobEnvironment, MonitorEnvironment
from core.contracts.metrics import BIAS, BIAS_DRIFT, BIAS_DRIFT_BY_LABELS, QUALITY, QUALITY_DROP, bias
from core.contracts.policy import ModelPolicy
from core.contracts.release import Release
from core.contracts.reports import (
    IMPORTANCE,
    RECENT,
    REPORT,
    TOLD,
    VIOLATED,
    MonitorReport,
    labels_prefix,
    report_folder,
)
from core.fairness.post_training import BY_ANSWERS
from core.names import TeamNames

BIAS_BY_ANSWERS = frozenset(bias(name).name for name in BY_ANSWERS)
"""Told by the first look."""
OF_FIRST_LOOKS = (RECENT, IMPORTANCE, TOLD)
"""What windows are compared with, what versions leaned on, when a window was told of: read, and not written again."""
NOT_JUDGED = "Its quality is not told: "


def watch_endpoint(job: MonitorEnvironment, aws: Aws, engine: Engine = in_turn) -> str:
    """Monitor the window that ends now, and by its labels the one that ended as long ago as the team gives them; return
    the exit message, which begins with the worst."""
    labels_s = aws.read_policy(job).watch.labels_s
    if not labels_s:
        return watch(job, aws, engine)
    start, end = window_of(job)
    said = watch(job, aws, engine, labels=(start, start))
    earlier = replace(job, scheduled_at=(end - timedelta(seconds=labels_s)).isoformat())
    judged = LateLabels(aws, earlier, end, told_at(end)).judge(engine)
    until = window_of(earlier)[1]
    return worst_first([said, f"{judged} That is of the window until {until:%Y-%m-%d %H:%M} UTC, by its labels."])


def worst_first(messages: Sequence[str]) -> str:
    """One exit message of several: SageMaker goes by how it begins."""
    return " ".join(sorted(messages, key=lambda message: not message.startswith(VIOLATED)))


def by_labels(space: str, datum: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A data point that only labels give, or nothing. Bias that they show wakes the alarm on bias, whose data point of
    the same time is of the first look at a newer window, and counts what answers show: the larger number counts."""
    name = datum["MetricName"]
    if space == QUALITY or name == QUALITY_DROP.name or (space == BIAS and name not in BIAS_BY_ANSWERS):
        yield space, datum
    if name == BIAS_DRIFT_BY_LABELS.name:
        yield space, datum
        yield space, {**datum, "MetricName": BIAS_DRIFT.name}


class LateLabels:
    """`containers.monitor.job.Aws` for one run: `aws`, which tells what labels tell, where the first look did not."""

    def __init__(self, aws: Aws, job: MonitorEnvironment, until: datetime, at: datetime) -> None:
        """Labels count that were collected before `until`; quality is told at the time `at`."""
        self._aws, self._job, self._until, self._at = aws, job, until, at
        self._own = TeamNames(job.team, job.environment).model(job.model).report_prefix
        self._known = self._told = False
        """Whether the first look told of quality; whether this one did."""

    def judge(self, engine: Engine = in_turn, schedule: str = "") -> str:
        """The exit message, with the reason where quality was not told."""
        self._known = self._told_before()
        said = watch(self._job, self, engine, schedule, labels=(window_of(self._job)[0], self._until))
        return said if self._told else f"{said} {self._why_not()}"

    def read_policy(self, job: JobEnvironment) -> ModelPolicy:
        return self._aws.read_policy(job)

    def read_release(self, job: JobEnvironment) -> Release | None:
        return self._aws.read_release(job)

    def uri(self, job: JobEnvironment, bucket: str, key: str) -> str:
        """Of reports, below a prefix of their own; what tells of earlier windows is that of the first looks."""
        if bucket == "reports" and key.startswith(self._own) and not key.endswith(OF_FIRST_LOOKS):
            key = labels_prefix(self._own) + key.removeprefix(self._own)
        return self._aws.uri(job, bucket, key)

    def fetch(self, uri: str, destination: Path) -> list[Path]:
        return self._aws.fetch(uri, destination)

    def fetch_optional(self, uri: str, destination: Path) -> bool:
        return self._aws.fetch_optional(uri, destination)

    def open_blocks(self, uri_prefixes: Iterable[str]) -> Iterator[bytes]:
        return self._aws.open_blocks(uri_prefixes)

    def list_files(self, uri_prefixes: Iterable[str]) -> Sequence[Any]:
        return self._aws.list_files(uri_prefixes)

    def read_files(self, files: Sequence[Any]) -> Iterator[bytes]:
        return self._aws.read_files(files)

    def put(self, uri: str, content: Path | bytes, content_type: str) -> None:
        """But for what tells of the window to later ones, which the first look has left."""
        if not uri.endswith(OF_FIRST_LOOKS):
            self._aws.put(uri, content, content_type)

    def change(self, uri: str, new: Change, content_type: str) -> None:
        """As `put`."""
        if not uri.endswith(OF_FIRST_LOOKS):
            self._aws.change(uri, new, content_type)

    def publish(self, metrics: Sequence[tuple[str, Any]]) -> None:
        """What labels tell, when they have had their time: an alarm looks at the newest periods only."""
        found = [each for space, datum in metrics for each in by_labels(space, datum)]
        if found and not self._known:
            self._aws.publish([(space, {**datum, "Timestamp": self._at}) for space, datum in found])
            self._told = True

    def _why_not(self) -> str:
        if self._known:
            return f"{NOT_JUDGED}the first look told it."
        least = self._aws.read_policy(self._job).watch.minimum_labels
        of = f"collected before {self._until:%Y-%m-%d %H:%M} UTC, of answers of the release that is in service"
        return f"{NOT_JUDGED}it takes {least} labels, {of}."

    def _told_before(self) -> bool:
        """Whether the first look had labels enough: the team asks for late ones only since."""
        folder = report_folder(self._own, window_of(self._job)[1])
        with TemporaryDirectory() as scratch:
            file = Path(scratch) / REPORT
            if not self._aws.fetch_optional(self._aws.uri(self._job, "reports", folder + REPORT), file):
                return False
            try:
                return MonitorReport.from_json(file.read_bytes()).quality is not None
            except ValueError:
                return False
