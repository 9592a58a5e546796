"""Training jobs: channels in, a model out; on spot capacity, with interruptions, where that was asked for."""

from __future__ import annotations

import time
from typing import Any

from local import clock
from local.sagemaker.jobs.jobs import Jobs, JobType
from local.sagemaker.jobs.metrics import Metrics
from local.sagemaker.jobs.run import JobFailed, Outcome, Run
from local.sagemaker.jobs.workspace import Workspace
from local.sagemaker.kinds import INVALID, job
from local.sagemaker.resources import Request
from local.sagemaker.store import Record
from local.service import ApiError

LONGEST_S = 86_400
SPOT_PRICE = 0.3
"""Share of the on-demand price that spot capacity costs here; AWS saves its users up to 90 %."""
CAPACITY_S = 0.2
"""Real seconds until an interrupted job gets capacity again, where the order does not say."""
MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Interrupted": "Training job interrupted: the spot capacity was taken back",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds",
    "MaxWaitTimeExceeded": "Training job waited longer than MaxWaitTimeInSeconds",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
}


class Training:
    """The part of the service that answers for training jobs."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        jobs.resources.add(TRAINING.kind)

    def create_training_job(self, request: Request) -> Record:
        _check(request)
        resources = request["ResourceConfig"]
        groups = resources.get("InstanceGroups") or [resources]
        instances = groups[0]["InstanceType"], sum(group["InstanceCount"] for group in groups)
        members = {"EnableManagedSpotTraining": False, **request}
        return self.jobs.begin(TRAINING, members, self._work, instances, **_secondary({}, "Starting"))

    def stop_training_job(self, request: Request) -> None:
        record = self.jobs.resources.describe(TRAINING.kind, request)
        self.jobs.stop(TRAINING, record, **_secondary(record, "Stopping"))

    def delete_training_job(self, request: Request) -> None:
        self.jobs.delete(TRAINING, request)

    def interrupt(self, name: str, for_s: float = CAPACITY_S) -> None:
        """Take the spot capacity of a running job back, for so many real seconds."""
        record = self.jobs.store.get(TRAINING.kind, name)
        run = self.jobs.run(record["TrainingJobArn"])
        if run is None or record["SecondaryStatus"] != "Training" or not record["EnableManagedSpotTraining"]:
            text = f"{name} does not train on spot capacity now: it is in status {record['SecondaryStatus']}."
            raise ApiError(INVALID, text)
        record["CapacityBackIn"] = for_s
        run.ask(Outcome.INTERRUPTED)

    def _work(self, record: Record, run: Run) -> Outcome:
        workspace = Workspace.make(record, run)
        metrics = Metrics(record["TrainingJobName"], record["AlgorithmSpecification"].get("MetricDefinitions") or [])
        outcome = self._train(record, run, workspace, metrics)
        self.jobs.store.change(record, FinalMetricDataList=metrics.final)
        if outcome is Outcome.ENDED and run.exit_code:
            raise JobFailed(f"AlgorithmError: {workspace.failure()}, exit code: {run.exit_code}")
        if record.get("Ending") != "MaxWaitTimeExceeded":
            self._phase(record, "Uploading")
            self.jobs.store.change(record, ModelArtifacts=workspace.save_results())
        return outcome

    def _train(self, record: Record, run: Run, workspace: Workspace, metrics: Metrics) -> Outcome:
        """Attempts until one is not interrupted. Both limits count from here, in real seconds."""
        limits = record.get("StoppingCondition") or {}
        allowed: float = limits.get("MaxRuntimeInSeconds", LONGEST_S)
        patience = time.monotonic() + limits.get("MaxWaitTimeInSeconds", 2 * LONGEST_S)
        while True:
            self._phase(record, "Downloading")
            workspace.fill()
            self._phase(record, "Training")
            started = time.monotonic()
            outcome = run.execute(workspace.works(), started + allowed, metrics.read)
            allowed -= time.monotonic() - started
            workspace.save_checkpoints()
            if outcome is Outcome.TOO_LONG:
                record["Ending"] = "MaxRuntimeExceeded"
            if outcome is not Outcome.INTERRUPTED:
                return outcome
            self._phase(record, "Interrupted")
            run.pause(min(record["CapacityBackIn"], max(0.0, patience - time.monotonic())))
            if time.monotonic() >= patience:
                record["Ending"] = "MaxWaitTimeExceeded"
                return Outcome.TOO_LONG
            run.resume()
            self._phase(record, "Starting")

    def _phase(self, record: Record, secondary: str) -> None:
        self.jobs.change(TRAINING, record, **_secondary(record, secondary))


def _check(request: Request) -> None:
    """What the model does not say of a request, and what is not modelled here."""
    algorithm, channels = request["AlgorithmSpecification"], request.get("InputDataConfig") or ()
    if not algorithm.get("TrainingImage"):
        raise ApiError(INVALID, "AlgorithmSpecification must have a TrainingImage.")
    if "Pipe" in (algorithm["TrainingInputMode"], *(channel.get("InputMode") for channel in channels)):
        raise ApiError(INVALID, "Input mode Pipe: the embedded AWS gives data as File or FastFile.")
    for channel in channels:
        if not channel["DataSource"].get("S3DataSource"):
            raise ApiError(INVALID, f"Channel {channel['ChannelName']} must have an S3DataSource.")
    limits = request.get("StoppingCondition") or {}
    runtime, wait = limits.get("MaxRuntimeInSeconds", LONGEST_S), limits.get("MaxWaitTimeInSeconds")
    if request.get("EnableManagedSpotTraining") and (wait is None or wait < runtime):
        text = "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        raise ApiError(INVALID, text)
    if wait is not None and not request.get("EnableManagedSpotTraining"):
        raise ApiError(INVALID, "MaxWaitTimeInSeconds can only be set with EnableManagedSpotTraining.")


def _secondary(record: Record, status: str, at: Any = None) -> dict[str, Any]:
    """Members for the next secondary status: the phase before ends when it begins."""
    time = at or clock.now()
    before = [dict(entry) for entry in record.get("SecondaryStatusTransitions", ())]
    if before:
        before[-1]["EndTime"] = time
    entry = {"Status": status, "StartTime": time, "StatusMessage": MESSAGES[status]}
    if status in ("Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded"):
        entry["EndTime"] = time
    return {"SecondaryStatus": status, "SecondaryStatusTransitions": [*before, entry]}


def _closing(record: Record, status: str) -> dict[str, Any]:
    """Members of a job that is over: its last secondary status, and what it took."""
    seconds = max(1, round((clock.now() - record["TrainingStartTime"]).total_seconds()))
    billed = max(1, round(seconds * SPOT_PRICE)) if record["EnableManagedSpotTraining"] else seconds
    ending = record.get("Ending", status) if status == "Stopped" else status
    return {**_secondary(record, ending), "TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": billed}


TRAINING = JobType(
    job("TrainingJob", "training-job", "Training job", (INVALID, "Requested resource not found.")),
    "Training Job",
    "training job",
    ("TrainingStartTime", "TrainingEndTime"),
    _closing,
)
