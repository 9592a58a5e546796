"""What has ended is watched, once; what failed is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core.contracts.batch import BatchEnded, BatchPolicy, due_of
from core.contracts.events import NotThisEvent
from lambdas.batch.ports import Ports, Transform
from lambdas.batch.tell import tell_once
from lambdas.failures import Conflicting, QuotaReached, Unavailable


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
        tell_once(model, {due: why_not(job)}, ports)
        return f"FAILED: {job.status}"
    policy = ports.policies[model].batch
    assert policy is not None
    return watch(model, job, due, policy, ports)


def why_not(job: Transform) -> str:
    """Of a job that failed or was stopped, in words."""
    return f"{job.name} is {job.status}: {job.why}"


def watch(model: str, job: Transform, due: datetime, policy: BatchPolicy, ports: Ports) -> str:
    """Start the monitor's run over a job that has completed, unless SageMaker's own schedules do."""
    if policy.managed:
        return "LEFT TO SAGEMAKER"
    return once(lambda: ports.jobs.watch(ports.names(model), job, due, policy))


def once(start: Callable[[], None]) -> str:
    """Start a run of the monitor. Raises Unavailable where there is no room for it now."""
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
