"""A second run over a transform job, when labels of its rows have come; see `containers.monitor.late_labels`."""

from __future__ import annotations

from datetime import datetime

from containers.monitor.batch_run import BatchRun
from containers.monitor.job import Aws
from containers.monitor.late_labels import LateLabels
from core.contracts.environment import BatchLabelsEnvironment


def judge_batch(job: BatchLabelsEnvironment, aws: Aws) -> str:
    """Judge the rows of one transform job by the labels that were collected for them; return the exit message."""
    until = datetime.fromisoformat(job.labels_until)
    run = BatchRun(aws, job, told_at=until)
    return LateLabels(run, job, until, until).judge(schedule=run.schedule)
