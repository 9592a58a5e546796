"""What all types of jobs have in common: a record with a status, a thread that carries it out, stop, events, logs."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.core.concurrency import spawn_background

from local import clock, settings
from local.credentials import role_environment
from local.events import emit
from local.images import NoSuchImage
from local.logs import LogStream
from local.places import vpc_of
from local.sagemaker.faults import Faults
from local.sagemaker.jobs.run import SESSION, JobFailed, Outcome, Run
from local.sagemaker.kinds import IN_USE, INVALID, Kind
from local.sagemaker.resources import Request, Resources
from local.sagemaker.store import Record, Store
from local.service import ApiError
from local.service.service import service_model

log = logging.getLogger(__name__)
Work = Callable[[Record, Run], Outcome]


@dataclass(frozen=True, slots=True)
class JobType:
    """What differs between the types of jobs."""

    kind: Kind
    words: str
    """As its event and its errors name it: `Training Job`."""
    use: str
    """As its quota names it: `training job`."""
    times: tuple[str, str]
    """Members for the time of the start and of the end."""
    closing: Callable[[Record, str], dict[str, Any]] = lambda record, status: {}
    """What else a record gets when the job ends in a status."""

    @property
    def status(self) -> str:
        return f"{self.kind.name}Status"


class Jobs:
    """Jobs of all types. A type's own part creates its jobs with `begin` and says by a `Work` what they do."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self.store: Store = resources.store
        self.faults: Faults = resources.faults
        self._runs: dict[str, Run] = {}

    def begin(
        self, job: JobType, request: Request, work: Work, instances: tuple[str, int] | None = None, **members: Any
    ) -> Record:
        """Check, record and start a job in the background; `instances` is their type and number."""
        name = request[job.kind.keys[0]]
        role_environment(request["RoleArn"], SESSION)  # a role that cannot be assumed is refused here
        folder = settings.current().temporary / "jobs" / job.kind.name / name
        stamp = int(clock.epoch() * 1000)
        run = Run(
            request["RoleArn"],
            folder,
            lambda host: LogStream(f"/aws/sagemaker/{job.kind.name}s", f"{name}/{host}-{stamp}"),
            vpc_of(request),
        )
        with self.store.changed:
            if instances:
                self.faults.allow(*self._demand(job, instances))
            record = self.store.add(job.kind, {**request, **members, "Instances": instances})
            self._runs[record[job.kind.arn]] = run
        self.tell(job, record)
        spawn_background(self._carry_out, job, record, run, work, thread_name=f"job-{name}")
        return record

    def stop(self, job: JobType, record: Record, **members: Any) -> None:
        """ApiError where the job is over; a second stop changes nothing."""
        with self.store.changed:
            if (status := record[job.status]) not in ("InProgress", "Stopping"):
                text = f"The request was rejected because the {job.words.lower()} is in status {status}."
                raise ApiError(INVALID, text)
            if status == "InProgress":
                self.store.change(record, **{job.status: "Stopping"}, **members)
            self._runs[record[job.kind.arn]].ask(Outcome.STOPPED)
        self.tell(job, record)

    def delete(self, job: JobType, request: Request) -> None:
        record = self.resources.describe(job.kind, request)
        if record[job.status] in ("InProgress", "Stopping"):
            raise ApiError(IN_USE, f"The {job.words.lower()} is in status {record[job.status]}: stop it first.")
        self.store.remove(job.kind, record)

    def run(self, arn: str) -> Run | None:
        """The run of a job that is not over."""
        return self._runs.get(arn)

    def change(self, job: JobType, record: Record, **members: Any) -> None:
        """Change the record and tell the world."""
        self.store.change(record, **members)
        self.tell(job, record)

    def tell(self, job: JobType, record: Record) -> None:
        """`SageMaker Training Job State Change`: the detail has the members that Describe answers."""
        shape = service_model("sagemaker").operation_model(f"Describe{job.kind.name}").output_shape
        detail = {name: record[name] for name in shape.members if name in record}
        emit("aws.sagemaker", f"SageMaker {job.words} State Change", detail, [record[job.kind.arn]])

    def reset(self) -> None:
        for run in list(self._runs.values()):
            run.ask(Outcome.STOPPED)

    def _carry_out(self, job: JobType, record: Record, run: Run, work: Work) -> None:
        started, ended = job.times
        self.store.change(record, **{started: clock.now()})
        status, reason = self._outcome(job, record, run, work)
        shutil.rmtree(run.folder, ignore_errors=True)
        with self.store.changed:
            del self._runs[record[job.kind.arn]]
            members = {job.status: status, "FailureReason": reason, ended: clock.now(), **job.closing(record, status)}
            self.store.change(record, **members)
        self.tell(job, record)

    def _outcome(self, job: JobType, record: Record, run: Run, work: Work) -> tuple[str, str | None]:
        """The job's last status and its FailureReason."""
        try:
            if reason := self.faults.failure(job.kind.name, "create"):
                raise JobFailed(reason)
            return ("Completed" if work(record, run) is Outcome.ENDED else "Stopped"), None
        except JobFailed as failure:
            return "Failed", str(failure)
        except (NoSuchImage, ApiError, OSError) as failure:  # OSError: the entry point is no program
            return "Failed", str(JobFailed(f"ClientError: {failure}"))
        except Exception:
            log.exception("%s %s", job.words, record[job.kind.arn])
            return "Failed", "InternalServerError: We encountered an internal error. Please try again."

    def _demand(self, job: JobType, instances: tuple[str, int]) -> tuple[str, int, int, str]:
        """Instance type, how many of it run, how many are asked for, and for what."""
        wanted, count = instances
        used = [
            record["Instances"]
            for record in self.store.every(job.kind)
            if record[job.status] in ("InProgress", "Stopping")
        ]
        return wanted, sum(number for kind, number in filter(None, used) if kind == wanted), count, job.use
