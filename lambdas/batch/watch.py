"""What has ended is watched, once, and once more when its labels have come, which is tried again where it fails; what
failed is told; what takes too long is stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from core.contracts.batch import JUDGED_AT_MOST, BatchEnded, BatchPolicy, due_of, judge_name, monitor_name
from core.contracts.batch_metrics import BATCH_FAILURES
from core.contracts.events import MonitorFailed, NotThisEvent
from core.contracts.ledger import Key
from core.names import ModelNames
from core.remediation.intake import SKEW
from lambdas.batch.ports import Ports, Transform
from lambdas.batch.score import tell
from lambdas.failures import Conflicting, QuotaReached, Refused, Unavailable
from lambdas.log import say

FORGOTTEN = timedelta(days=1)
"""A sweep looks back so far."""


def ended(event: BatchEnded, ports: Ports) -> str:
    """What became of it: WATCHED, LEFT TO SAGEMAKER, FAILED, RUNNING or GONE.

    Raises NotThisEvent for a job that is not this team's."""
    model, due = _whose(event, ports)
    job = ports.jobs.transform(event.job)
    if job is None:
        return "GONE"
    if not job.over:
        return "RUNNING"
    if job.status != "Completed":
        say("batch failed", model=model, job=job.name, status=job.status, why=job.why)
        tell(BATCH_FAILURES, model, ports)
        return f"FAILED: {job.status}"
    policy = ports.policies[model].batch
    assert policy is not None
    return watch(model, job, due, policy, ports)


def watch(model: str, job: Transform, due: datetime, policy: BatchPolicy, ports: Ports) -> str:
    """Start the monitor's run over a job that has completed, unless SageMaker's own schedules do."""
    if policy.managed:
        return "LEFT TO SAGEMAKER"
    return _once(lambda: ports.jobs.watch(ports.names(model), job, due, policy))


def sweep(ports: Ports) -> str:
    """Every model's newest jobs: their events may have been lost."""
    failed = []
    now = ports.ledger.read(Key.team()).now
    for model, policy in ports.policies.items():
        if policy.batch is None:
            continue
        for look in (_sweep, _late):
            try:
                look(model, policy.batch, now, ports)
            except (Unavailable, Refused) as reason:
                failed.append(f"{model}: {reason}")
    if failed:
        raise Unavailable("; ".join(failed)[:1000])
    return "SWEPT"


def _sweep(model: str, policy: BatchPolicy, now: datetime, ports: Ports) -> None:
    names = ports.names(model)
    for job in ports.jobs.newest(names.batch_jobs):
        due = due_of(names, job.name)
        if due is None:
            continue
        if job.status == "InProgress" and now - job.made > timedelta(seconds=policy.max_runtime_s):
            say("batch takes too long", model=model, job=job.name, made=job.made)
            ports.jobs.stop(job.name)
        unseen = job.status == "Completed" and job.ended is not None and now - job.ended < FORGOTTEN
        if unseen and not policy.managed and ports.jobs.run(monitor_name(names, due)) is None:
            say("swept", model=model, job=job.name, result=watch(model, job, due, policy, ports))


def _late(model: str, policy: BatchPolicy, now: datetime, ports: Ports) -> None:
    """Batches whose labels have had their time: each is looked at again, until that has come to an end once."""
    if not policy.labels_s:
        return
    names, then = ports.names(model), now - timedelta(seconds=policy.labels_s)
    for job in ports.jobs.made(names.batch_jobs, then - FORGOTTEN, then + SKEW):
        due = due_of(names, job.name)
        if due is None or job.status != "Completed" or policy.judged_at(due) > now:
            continue
        attempt = next_attempt(names, due, ports)
        if attempt is not None:
            result = judge(model, job, due, policy, attempt, ports)
            say("late labels", model=model, job=job.name, attempt=attempt, result=result)


def next_attempt(names: ModelNames, due: datetime, ports: Ports) -> int | None:
    """To look at a batch again; None while one is under way, after one that has not failed, and after the last.

    One that was stopped took too long, or somebody did not want it.
    """
    for attempt in range(1, JUDGED_AT_MOST + 1):
        status = ports.jobs.run(judge_name(names, due, attempt))
        if status is None:
            return attempt
        if status != MonitorFailed.FAILED:
            return None
    return None


def judge(model: str, job: Transform, due: datetime, policy: BatchPolicy, attempt: int, ports: Ports) -> str:
    """Start the run that looks at a batch again."""
    return _once(lambda: ports.jobs.judge(ports.names(model), job, due, policy, attempt))


def _once(start: Callable[[], None]) -> str:
    try:
        start()
    except Conflicting:
        return "WATCHED: before"
    except QuotaReached as reason:
        raise Unavailable(str(reason)) from reason
    return "WATCHED"


def _whose(event: BatchEnded, ports: Ports) -> tuple[str, datetime]:
    """The model that is scored, and when it was due."""
    if event.account != ports.home.account:
        raise NotThisEvent(f"the event is from account {event.account!r}, accepted is {ports.home.account}")
    for model, policy in ports.policies.items():
        due = due_of(ports.names(model), event.job)
        if policy.batch is not None and due is not None:
            return model, due
    raise NotThisEvent(f"the job {event.job!r} is none of this team's {len(ports.policies)} models")
