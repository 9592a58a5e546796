"""A run that a schedule of SageMaker started over transform jobs: each job that left something is watched.

SageMaker has copied what the jobs read and wrote into a folder, which is not said in what order. The manifests that it
copied from say which job wrote what, so the monitor goes by them, as it does where the platform starts it
(`containers.monitor.batch_run`), and tells of each job at the time for which that was scheduled.
"""

from __future__ import annotations

from datetime import timedelta

from containers.folders import MlFolders
from containers.monitor.batch_run import BatchRun, written
from containers.monitor.job import Aws, watch, window_of
from containers.monitor.late_labels import worst_first
from containers.monitor.managed import ManagedRun
from core.contracts.batch import answers_prefix, due_of
from core.contracts.environment import BatchMonitorEnvironment, MonitorEnvironment
from core.contracts.managed import Contract
from core.names import TeamNames

NONE = "Completed: no transform job of the schedule wrote anything in the window."


def watch_batches(contract: Contract, aws: Aws, folders: MlFolders) -> str:
    """Monitor the rows of these jobs, the oldest first; return the exit message, which begins with the worst."""
    names = TeamNames(contract.job.team, contract.job.environment).model(contract.job.model)
    messages = []
    for job in _jobs(contract.job, aws):
        run = ManagedRun(BatchRun(aws, job), contract, folders)
        messages.append(watch(job, run, schedule=names.batch))
    return worst_first(messages) or NONE


def _jobs(window: MonitorEnvironment, aws: Aws) -> list[BatchMonitorEnvironment]:
    """The schedule's jobs that wrote something in the window, each from when it was due to the window's end. Reports
    are told apart by their end, so each job's is a second after that of the one before."""
    names = TeamNames(window.team, window.environment).model(window.model)
    answers = aws.uri(window, "data", answers_prefix(names, "")).rstrip("/") + "/"
    folders = {uri.removeprefix(answers).partition("/")[0] for uri in written(aws, window) if uri.startswith(answers)}
    due = sorted((at, job) for job in folders if (at := due_of(names, job)) is not None)
    last = window_of(window)[1] - timedelta(seconds=len(due))
    ends = [last + timedelta(seconds=number) for number in range(1, len(due) + 1)]
    return [
        BatchMonitorEnvironment(
            window.team, window.environment, window.model, window.account, window.region,
            scheduled_at=end.isoformat(),
            window_s=int((end - at) / timedelta(seconds=1)),
            transform_job=job,
            due_at=at.isoformat(),
        )
        for end, (at, job) in zip(ends, due, strict=True)
    ]  # fmt: skip
