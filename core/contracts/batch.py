"""Batch scoring: what is asked for, what its jobs are called, and where rows, answers and captured data lie.

A run is known by the time for which it was scheduled: its transform job and the run of the monitor over it are named
after that, so the same time twice is one run. Rows lie below `<model>/batch/<rows>/` of the data bucket, answers below
`<model>/batch/answers/<job>/`; SageMaker captures into `<model>/batch/{input,output}/yyyy/mm/dd/hh/` of the capture
bucket; reports lie below `<model>/batch/` of the reports bucket, those with late labels below `<model>/batch/labels/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, ClassVar, Literal

from core.contracts.capture import hour_folder
from core.contracts.event_fields import NotThisEvent, as_time, expect, text_at
from core.names import ModelNames

STAMP = "%Y%m%dT%H%M"
ANSWERS = "answers"
"""Folder; no folder of rows may be called so."""
LONGEST_WATCH_S = 3600
"""A run of the monitor over a batch that takes longer is stopped."""
MANAGED_LATER_S = 2 * 3600
"""SageMaker's own monitor looks in the hour after a job has ended, up to 20 minutes late."""
LOOK_BACK = timedelta(days=1)
"""What went wrong without being heard is looked for so long."""
JUDGED_AT_MOST = 3
"""So many times a batch is looked at for late labels, where that fails. Every attempt reads the same labels, and leaves
its report at the same place and its data points at the same time."""


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """How a model scores by a schedule."""

    every_s: int
    instance_type: str
    instance_count: int
    max_runtime_s: int
    rows: str
    """Folder below `ModelNames.batch_prefix` of the data bucket."""
    taken: Literal["all", "day", "hour"]
    """All rows in it, or those in the folder of the day, or of the hour, for which a run is scheduled."""
    joined: bool
    """Whether each row is written before its answer."""
    monitor_instance_type: str
    labels_s: int = 0
    """Labels count that come up to so long after a batch was due; its quality is judged then, once. 0: it is judged
    when the batch has ended, by the labels that there are."""
    managed: bool = False
    """Whether SageMaker's own schedules start the monitor over what has ended, and nobody else does."""

    def judged_at(self, due: datetime) -> datetime:
        """When the quality of the batch that was due then is judged by late labels."""
        return due + timedelta(seconds=self.labels_s)

    def tried_until(self, due: datetime) -> datetime:
        """Until then a look for late labels that failed is sure to be tried again."""
        return self.judged_at(due) + LOOK_BACK

    @property
    def longest(self) -> timedelta:
        """After this a batch that was due has been scored and watched, if all goes well."""
        waits_s = MANAGED_LATER_S if self.managed else 0
        return timedelta(seconds=self.max_runtime_s + waits_s + LONGEST_WATCH_S)

    @property
    def silent_periods(self) -> int:
        """So many due times without a sign are silence. A run says nothing before its job and the monitor are over,
        which the newest due times may be waiting for; the next one before them never is.

        >>> daily = BatchPolicy(86400, "ml.m5.large", 1, 3600, "rows", "all", True, "ml.m5.large")
        >>> daily.silent_periods
        2
        """
        return 1 + ceil(self.longest.total_seconds() / self.every_s)

    def rows_prefix(self, names: ModelNames, due: datetime) -> str:
        """In the data bucket: what the run that is due then scores."""
        hour = hour_folder(due)
        of = {"all": "", "day": f"{hour[: -len('/hh')]}/", "hour": f"{hour}/"}
        return f"{names.batch_prefix}{self.rows}/{of[self.taken]}"


def job_name(names: ModelNames, due: datetime) -> str:
    """Of the transform job."""
    return f"{names.batch_jobs}{due.astimezone(UTC):{STAMP}}"


def monitor_name(names: ModelNames, due: datetime) -> str:
    """Of the run of the monitor over it; it begins as all runs of the model's monitor do."""
    return f"{names.monitor_runs}b{due.astimezone(UTC):{STAMP}}"


def judge_name(names: ModelNames, due: datetime, attempt: int = 1) -> str:
    """Of the run that looks at the batch again, when labels have come; each attempt has a name of its own."""
    tried = f"r{attempt}" if attempt > 1 else ""
    return f"{names.monitor_runs}l{due.astimezone(UTC):{STAMP}}{tried}"


def late_look(names: ModelNames, run: str) -> tuple[datetime, int] | None:
    """Of which batch, by when that was due, a run is a look for late labels, and which attempt; None where it is none
    of this model's.

    >>> from core.names import TeamNames
    >>> churn, due = TeamNames("risk", "dev").model("churn"), datetime(2026, 11, 20, 9, 17, tzinfo=UTC)
    >>> late_look(churn, judge_name(churn, due, 2)) == (due, 2), late_look(churn, monitor_name(churn, due))
    (True, None)
    """
    stamp = run.removeprefix(f"{names.monitor_runs}l").partition("r")[0]
    try:
        due = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    attempts = range(1, JUDGED_AT_MOST + 1)
    return next(((due, attempt) for attempt in attempts if run == judge_name(names, due, attempt)), None)


def due_of(names: ModelNames, job: str) -> datetime | None:
    """When a transform job was due; None where it is none of this model's.

    >>> from core.names import TeamNames
    >>> churn = TeamNames("risk", "dev").model("churn")
    >>> due_of(churn, job_name(churn, datetime(2026, 11, 20, 9, 17, tzinfo=UTC)))
    datetime.datetime(2026, 11, 20, 9, 17, tzinfo=datetime.timezone.utc)
    """
    try:
        found = datetime.strptime(job.removeprefix(names.batch_jobs), STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if job == job_name(names, found) else None


def answers_prefix(names: ModelNames, job: str) -> str:
    """In the data bucket."""
    return f"{names.batch_prefix}{ANSWERS}/{job}/"


@dataclass(frozen=True, slots=True)
class BatchDue:
    """The schedule asks for a run. (endpoint, at) identifies it."""

    endpoint: str
    at: datetime

    SOURCE: ClassVar = "homeostat"
    DETAIL_TYPE: ClassVar = "Batch Due"

    @classmethod
    def body(cls, endpoint: str, at: str) -> dict[str, Any]:
        """`at`: when it was due, as ISO 8601; EventBridge Scheduler fills that in."""
        return {"source": cls.SOURCE, "detail-type": cls.DETAIL_TYPE, "detail": {"endpoint": endpoint, "at": at}}

    @classmethod
    def parse(cls, event: object) -> BatchDue:
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        return cls(text_at(event, "detail.endpoint", 63), as_time(text_at(event, "detail.at", 40), "detail.at"))


@dataclass(frozen=True, slots=True)
class BatchEnded:
    """A transform job has ended. A hint: the truth is what DescribeTransformJob says."""

    job: str
    status: str
    account: str

    SOURCE: ClassVar = "aws.sagemaker"
    DETAIL_TYPE: ClassVar = "SageMaker Transform Job State Change"
    STATUSES: ClassVar = ("Completed", "Failed", "Stopped")

    @classmethod
    def pattern(cls, account: str, beginning: str) -> dict[str, Any]:
        """`beginning` is `ModelNames.batch_jobs`."""
        detail = {"TransformJobName": [{"prefix": beginning}], "TransformJobStatus": list(cls.STATUSES)}
        return {
            "source": [cls.SOURCE],
            "detail-type": [cls.DETAIL_TYPE],
            "account": [account],
            "detail": detail,
        }

    @classmethod
    def parse(cls, event: object) -> BatchEnded:
        expect(event, cls.SOURCE, cls.DETAIL_TYPE)
        if (status := text_at(event, "detail.TransformJobStatus", 64)) not in cls.STATUSES:
            raise NotThisEvent(f"the job is {status!r}, not one of {', '.join(cls.STATUSES)}")
        return cls(text_at(event, "detail.TransformJobName", 63), status, text_at(event, "account", 12))
