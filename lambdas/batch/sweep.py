"""A sweep: what was not heard of in time is watched, stopped or told.

A model costs a few lists, however many batches a day has. Where time does not reach for all models, each is the first
of some sweep: the order turns with the time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.contracts.batch import LOOK_BACK, BatchPolicy, due_of, monitor_name
from core.contracts.ledger import Key
from core.remediation.intake import SKEW
from lambdas.batch.late import look_again
from lambdas.batch.missing import first_of_interest, not_come_about
from lambdas.batch.ports import Ports
from lambdas.batch.tell import tell_once
from lambdas.batch.watch import watch, why_not
from lambdas.failures import Refused, Stale, Unavailable
from lambdas.log import say

TURN_S = 900
"""Sweeps come every quarter of an hour; another model is the first of the next one."""


def sweep(ports: Ports) -> str:
    """Every model's jobs of the last days. What fails of one does not keep the others waiting."""
    found = []
    now = ports.ledger.read(Key.team()).now
    for model, policy in in_turn(ports, now):
        for look in (_ended, look_again):
            try:
                look(model, policy, now, ports)
            except (Unavailable, Refused, Stale) as reason:
                found.append(f"{model}: {reason}")
    if found:
        raise Unavailable("; ".join(found)[:1000])
    return "SWEPT"


def in_turn(ports: Ports, now: datetime) -> list[tuple[str, BatchPolicy]]:
    """The models that score so; none is always the last."""
    models = [(model, policy.batch) for model, policy in sorted(ports.policies.items()) if policy.batch is not None]
    first = int(now.timestamp() // TURN_S) % len(models) if models else 0
    return models[first:] + models[:first]


def _ended(model: str, policy: BatchPolicy, now: datetime, ports: Ports) -> None:
    """Events may have been lost, of what has ended and of what was due."""
    names = ports.names(model)
    listed = ports.jobs.made(names.batch_jobs, first_of_interest(policy, now), now + SKEW)
    jobs = {due: job for job in listed if (due := due_of(names, job.name)) is not None}
    runs = {} if policy.managed else ports.jobs.runs(f"{names.monitor_runs}b", now - LOOK_BACK - SKEW)
    failed = {}
    for due, job in jobs.items():
        if job.status == "InProgress" and now - job.made > timedelta(seconds=policy.max_runtime_s):
            say("batch takes too long", model=model, job=job.name, made=job.made)
            ports.jobs.stop(job.name)
        if not job.over or job.ended is None or now - job.ended >= LOOK_BACK:
            continue
        if job.status != "Completed":
            failed[due] = why_not(job)
        elif not policy.managed and monitor_name(names, due) not in runs:
            say("swept", model=model, job=job.name, result=watch(model, job, due, policy, ports))
    tell_once(model, failed | not_come_about(model, jobs, policy, now, ports), ports)
