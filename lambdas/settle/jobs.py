"""How long the jobs of an execution took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.remediation.billing import Job
from lambdas.calls import Calls
from lambdas.failures import Refused, Unavailable
from lambdas.log import say


def jobs_of(calls: Calls, client: Any, steps: Sequence[dict[str, Any]]) -> tuple[Job, ...] | None:
    """Of the steps of an execution that has ended; None where that cannot be said in full.

    A step that was tried again shows its last job only, so what the others took is not known. That a job cannot be
    looked at keeps no run from being settled: its estimate stays.
    """
    found = []
    for step in steps:
        metadata = step.get("Metadata", {})
        if step.get("AttemptCount", 1) > 1:
            return None
        try:
            if "TrainingJob" in metadata:
                found.append(_training(calls, client, metadata["TrainingJob"]["Arn"]))
            if "ProcessingJob" in metadata:
                found.append(_processing(calls, client, metadata["ProcessingJob"]["Arn"]))
        except (Unavailable, Refused) as reason:
            say("durations are not known", step=step.get("StepName"), why=str(reason))
            return None
    return None if None in found else tuple(job for job in found if job is not None)


def _training(calls: Calls, client: Any, arn: str) -> Job | None:
    """Spot capacity is billed for fewer seconds than it worked."""
    job = calls.ask(client.describe_training_job, TrainingJobName=_name(arn))
    resources, seconds = job["ResourceConfig"], job.get("BillableTimeInSeconds")
    if seconds is None or "InstanceType" not in resources:
        return None
    return Job(resources["InstanceType"], int(resources.get("InstanceCount", 1)), float(seconds))


def _processing(calls: Calls, client: Any, arn: str) -> Job | None:
    """One that never began to work took nothing."""
    job = calls.ask(client.describe_processing_job, ProcessingJobName=_name(arn))
    cluster = job["ProcessingResources"]["ClusterConfig"]
    begun, ended = job.get("ProcessingStartTime"), job.get("ProcessingEndTime")
    if begun is not None and ended is None:
        return None
    seconds = (ended - begun).total_seconds() if begun is not None else 0.0
    return Job(cluster["InstanceType"], int(cluster["InstanceCount"]), seconds)


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]
