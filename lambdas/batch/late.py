"""Batches whose labels have had their time: each is looked at again, until that has come to an end once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from core.contracts.batch import JUDGED_AT_MOST, LOOK_BACK, BatchPolicy, due_of, judge_name
from core.contracts.events import MonitorFailed
from core.names import ModelNames
from core.remediation.intake import SKEW
from lambdas.batch.ports import Ports, Transform
from lambdas.batch.watch import once
from lambdas.log import say


def look_again(model: str, policy: BatchPolicy, now: datetime, ports: Ports) -> None:
    if not policy.labels_s:
        return
    names, then = ports.names(model), now - timedelta(seconds=policy.labels_s)
    jobs = ports.jobs.made(names.batch_jobs, then - LOOK_BACK, then + SKEW)
    ripe = [
        (job, due)
        for job in jobs
        if (due := due_of(names, job.name)) is not None and job.status == "Completed" and policy.judged_at(due) <= now
    ]
    if not ripe:
        return
    first = min(policy.judged_at(due) for _, due in ripe)
    runs = ports.jobs.runs(f"{names.monitor_runs}l", first - SKEW)
    for job, due in ripe:
        attempt = next_attempt(names, due, runs)
        if attempt is not None:
            result = judge(model, job, due, policy, attempt, ports)
            say("late labels", model=model, job=job.name, attempt=attempt, result=result)


def next_attempt(names: ModelNames, due: datetime, runs: Mapping[str, str]) -> int | None:
    """To look at a batch again; None while one is under way, after one that has not failed, and after the last.

    One that was stopped took too long, or somebody did not want it.
    """
    for attempt in range(1, JUDGED_AT_MOST + 1):
        status = runs.get(judge_name(names, due, attempt))
        if status is None:
            return attempt
        if status != MonitorFailed.FAILED:
            return None
    return None


def judge(model: str, job: Transform, due: datetime, policy: BatchPolicy, attempt: int, ports: Ports) -> str:
    """Start the run that looks at a batch again."""
    return once(lambda: ports.jobs.judge(ports.names(model), job, due, policy, attempt))
