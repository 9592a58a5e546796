"""What the team's code started and no template knows: pipeline executions, jobs, endpoints, packages."""

from __future__ import annotations

from core.contracts.teardown import Contents, Work
from lambdas.log import say
from lambdas.teardown.patience import attempt
from lambdas.teardown.ports import DELETING, Buckets, Runs, Vaults

STOPPING = "stopping"
PAGES_A_STEP = 50
"""Pages of versions that one step deletes from a bucket."""


def end_endpoints(runs: Runs) -> tuple[str, ...]:
    """Endpoints, then what they were made of."""
    endpoints = runs.endpoints()
    for endpoint in endpoints:
        if endpoint.status.lower() != DELETING:
            attempt(runs.delete_endpoint, endpoint.name)
    if not endpoints:
        for config in runs.configs():
            attempt(runs.delete_config, config)
    return tuple(map(str, endpoints))


def end_work(work: Work, runs: Runs) -> tuple[str, ...]:
    """Executions first, or they would start further jobs.

    Packages are what the team's training made: they go only where data is to be deleted.
    """
    executions = runs.executions()
    for execution in executions:
        if execution.status.lower() != STOPPING:
            attempt(runs.stop_execution, execution.name)
    jobs = runs.jobs() if not executions else ()
    for job in jobs:
        if job.status.lower() != STOPPING:
            attempt(runs.stop_job, job)
    if not executions and not jobs and work.deletes_packages:
        for arn in runs.packages():
            attempt(runs.delete_package, arn)
    return tuple(map(str, (*executions, *jobs)))


def empty(contents: Contents, buckets: Buckets, vaults: Vaults) -> tuple[str, ...]:
    """Delete every version of every object, in pages, and every recovery point."""
    for bucket in contents.buckets:
        for _ in range(PAGES_A_STEP):
            deleted = buckets.delete_some(bucket)
            if not deleted:
                break
            say("deleted", bucket=bucket, versions=deleted)
        else:
            return (f"contents of bucket {bucket}",)
    return tuple(awaits for vault in contents.vaults for awaits in _empty(vault, vaults))


def _empty(vault: str, vaults: Vaults) -> list[str]:
    points = vaults.points(vault)
    for point in points:
        if point.status.lower() != DELETING:
            attempt(vaults.delete_point, vault, point.name)
    return [str(point) for point in points]
