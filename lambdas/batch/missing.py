"""Times at which a batch was due and did not come about: no job, and no sign that nothing was to be scored.

When a batch is due nobody is told beforehand: it is known of those that came about, one period after the other, since
the schedule was last changed. Where none of them did, the alarm on silence says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from core.contracts.batch import LOOK_BACK, BatchPolicy
from lambdas.batch.ports import Ports, Transform


def not_come_about(
    model: str, jobs: Mapping[datetime, Transform], policy: BatchPolicy, now: datetime, ports: Ports
) -> dict[datetime, str]:
    """When they were due, and why not. `jobs` by the times at which they were due, since `first_of_interest`; where
    there is one for each time, nothing more is asked for."""
    names, until, every = ports.names(model), now - policy.longest, timedelta(seconds=policy.every_s)
    since = until - LOOK_BACK
    if not policy.managed and jobs and not any(missing(jobs, every, since, until)):
        return {}
    signs = ports.metrics.signs(names.batch, first_of_interest(policy, now), now)
    unseen = _unseen(jobs, signs, since, until) if policy.managed else ()
    found = {due: f"the monitor has not seen {jobs[due].name}" for due in unseen}
    lost = list(_lost({*jobs, *signs}, every, since, until))
    schedule = ports.schedules.find(names.batch) if lost else None
    if schedule is None or schedule.every != every:
        return found
    begun = schedule.changed.replace(second=0, microsecond=0)
    since_then = {due for due in (*jobs, *signs) if due >= begun}
    return found | dict.fromkeys(_lost(since_then, every, since, until), "no transform job was started")


def _lost(known: Collection[datetime], every: timedelta, since: datetime, until: datetime) -> Iterator[datetime]:
    """Those that are missing since the first that is known: before it, none may have been due."""
    return missing(known, every, max(since, min(known)), until) if known else iter(())


def first_of_interest(policy: BatchPolicy, now: datetime) -> datetime:
    """Batches since then tell when others were due that may be missing."""
    return now - policy.longest - LOOK_BACK - 2 * timedelta(seconds=policy.every_s)


def missing(known: Collection[datetime], every: timedelta, since: datetime, until: datetime) -> Iterator[datetime]:
    """Times in (since, until], whole periods before or after the newest of `known`, near which none of them is.

    >>> from datetime import UTC
    >>> hour, nine = timedelta(hours=1), datetime(2026, 11, 20, 9, 17, tzinfo=UTC)
    >>> [f"{due:%H:%M}" for due in missing([nine, nine + 2 * hour], hour, nine - hour, nine + 4 * hour)]
    ['10:17', '12:17', '13:17']
    """
    if not known:
        return
    newest = max(known)
    due = newest - ((newest - since) // every) * every
    while due <= until:
        if due > since and not any(abs(due - each) < every / 4 for each in known):
            yield due
        due += every


def _unseen(
    jobs: Mapping[datetime, Transform], signs: Collection[datetime], since: datetime, until: datetime
) -> Iterator[datetime]:
    """Of jobs that have completed, where SageMaker's own schedules are to look at what they wrote."""
    return (due for due, job in jobs.items() if job.status == "Completed" and since < due <= until and due not in signs)
