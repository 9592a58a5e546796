"""What an execution's jobs were billed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.remediation.budget import cents


@dataclass(frozen=True, slots=True)
class Job:
    """One job of an execution: so many instances of a type, for so long."""

    instance_type: str
    instances: int
    seconds: float


def billed(jobs: Iterable[Job] | None, usd_per_hour: Mapping[str, float]) -> int | None:
    """Cents of all jobs together, rounded up; None where not all jobs, or not all prices, are known.

    >>> billed([Job("ml.m5.large", 1, 360), Job("ml.m5.large", 2, 1800)], {"ml.m5.large": 0.10})
    11
    >>> billed([Job("ml.p5.48xlarge", 1, 360)], {"ml.m5.large": 0.10}) is None
    True
    """
    if jobs is None:
        return None
    known = list(jobs)
    if any(job.instance_type not in usd_per_hour or not job.seconds >= 0 for job in known):
        return None
    return cents(sum(job.instances * job.seconds / 3600 * usd_per_hour[job.instance_type] for job in known))
