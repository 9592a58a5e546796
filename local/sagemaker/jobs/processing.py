"""Processing jobs: inputs as folders, one program, outputs as folders, and a message."""

from __future__ import annotations

import time
from typing import Any

from local.engine import Work
from local.sagemaker.jobs import transfer
from local.sagemaker.jobs.folder import Folder
from local.sagemaker.jobs.jobs import Jobs, JobType
from local.sagemaker.jobs.run import JobFailed, Outcome, Run
from local.sagemaker.kinds import INVALID, job
from local.sagemaker.resources import Request
from local.sagemaker.store import Record
from local.service import ApiError

PROCESSING = JobType(
    job(
        "ProcessingJob", "processing-job", "Processing job", (INVALID, "Could not find requested job with name: {name}")
    ),
    "Processing Job",
    "processing job",
    ("ProcessingStartTime", "ProcessingEndTime"),
)
LONGEST_S = 86_400
ROOT = "/opt/ml/processing"


class Processing:
    """The part of the service that answers for processing jobs."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        jobs.resources.add(PROCESSING.kind)

    def create_processing_job(self, request: Request) -> Record:
        for source in request.get("ProcessingInputs") or ():
            if not source.get("S3Input"):
                raise ApiError(INVALID, f"Input {source['InputName']} must have an S3Input.")
        for local_path in [place["LocalPath"] for place in (*_inputs(request), *_outputs(request))]:
            if not local_path.startswith(ROOT):
                raise ApiError(INVALID, f"LocalPath {local_path!r} must lie under {ROOT}.")
        cluster = request["ProcessingResources"]["ClusterConfig"]
        return self.jobs.begin(PROCESSING, request, self._work, (cluster["InstanceType"], cluster["InstanceCount"]))

    def stop_processing_job(self, request: Request) -> None:
        self.jobs.stop(PROCESSING, self.jobs.resources.describe(PROCESSING.kind, request))

    def delete_processing_job(self, request: Request) -> None:
        self.jobs.delete(PROCESSING, request)

    def _work(self, record: Record, run: Run) -> Outcome:
        folders = Folder.of_each_host(run.folder, record["Instances"][1])
        for folder in folders:
            _fill(record, run, folder)
        limit = (record.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", LONGEST_S)
        outcome = run.execute(_works(record, run, folders), time.monotonic() + limit, lambda line: None)
        self._read_message(record, folders)
        if outcome is Outcome.ENDED and run.exit_code:
            told = next(filter(None, (folder.text("/opt/ml/output/failure") for folder in folders)), "")
            text = told or "See job logs for more information"
            raise JobFailed(f"AlgorithmError: {text}, exit code: {run.exit_code}")
        if outcome is Outcome.ENDED:
            for folder in folders:
                for output in _outputs(record):
                    transfer.upload(run.s3, record["RoleArn"], folder.path(output["LocalPath"]), output["S3Uri"])
        return outcome

    def _read_message(self, record: Record, folders: tuple[Folder, ...]) -> None:
        try:
            messages = [folder.text("/opt/ml/output/message") for folder in folders]
        except UnicodeDecodeError:
            raise JobFailed("AlgorithmError: the file /opt/ml/output/message is not encoded in UTF-8") from None
        self.jobs.store.change(record, ExitMessage=next(filter(None, messages), None))


def _fill(record: Record, run: Run, folder: Folder) -> None:
    """Configuration, inputs and empty outputs of one host."""
    folder.write("/opt/ml/config/processingjobconfig.json", _config(record))
    folder.write_resources("/opt/ml/config/resourceconfig.json", record["Instances"][0])
    folder.make("/opt/ml/output")
    for source in _inputs(record):
        compression = source.get("S3CompressionType", "None")
        transfer.download(run.s3, record["RoleArn"], source, folder.make(source["LocalPath"]), folder, compression)
    for output in _outputs(record):
        folder.make(output["LocalPath"])


def _works(record: Record, run: Run, folders: tuple[Folder, ...]) -> dict[str, Work]:
    """What each host runs. A job that is isolated from the network gets no credentials, as on AWS."""
    app = record["AppSpecification"]
    isolated = (record.get("NetworkConfig") or {}).get("EnableNetworkIsolation")
    environment = {**({} if isolated else run.credentials), **(record.get("Environment") or {})}
    given = app.get("ContainerEntrypoint", ()), app.get("ContainerArguments", ())
    return {folder.host: Work(app["ImageUri"], folder.root, environment, *given) for folder in folders}


def _config(record: Record) -> dict[str, Any]:
    """What processingjobconfig.json tells: the request, and the job's ARN."""
    members = ("ProcessingInputs", "ProcessingOutputConfig", "ProcessingResources", "AppSpecification", "Environment")
    more = ("ProcessingJobName", "ProcessingJobArn", "RoleArn", "StoppingCondition", "NetworkConfig")
    return {name: record.get(name) for name in (*members, *more)}


def _inputs(request: Request) -> list[dict[str, Any]]:
    return [source["S3Input"] for source in request.get("ProcessingInputs") or ()]


def _outputs(request: Request) -> list[dict[str, Any]]:
    config = request.get("ProcessingOutputConfig") or {}
    return [
        output["S3Output"] for output in config.get("Outputs", ()) if output.get("S3Output")
    ]  # others: feature store
