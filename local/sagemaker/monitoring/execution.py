"""One run of a schedule: its data gathered, its processing job started and followed to the end."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from core.contracts.capture import hour_folder, hour_folders
from local.credentials import role_client
from local.sagemaker.jobs.processing import PROCESSING
from local.sagemaker.monitoring.analysis import Analysis
from local.sagemaker.monitoring.job import Window, request
from local.sagemaker.monitoring.merging import merged
from local.sagemaker.store import Record, Store
from local.service import ApiError
from local.storage import STORAGE_FAULTS, Location, read

Call = Callable[[str, Record], Record]
SESSION = "SageMaker"
MOST_HOURS = 4
"""A longer window is given to the job as whole days: a job has at most ten inputs, and may see more than asked for."""


class NotStarted(Exception):
    """The run fails with this text as its FailureReason."""


class Execution:
    """`record` is the run's summary, as ListMonitoringExecutions tells it."""

    def __init__(self, store: Store, call: Call, analysis: Analysis, record: Record, schedule_arn: str) -> None:
        self._store, self._call, self._analysis, self.record = store, call, analysis, record
        self._schedule_arn = schedule_arn

    def run(self, start: datetime, end: datetime, endpoint: Record | None) -> None:
        """Ends in one of Completed, CompletedWithViolations, Failed and Stopped."""
        try:
            job = self._start(start, end, endpoint)
        except NotStarted as fault:
            self._become("Failed", FailureReason=str(fault)[:1024])
            return
        self._become("InProgress", ProcessingJobArn=job["ProcessingJobArn"])
        for awaited in ("InProgress", "Stopping"):
            self._store.wait(lambda: job["ProcessingJobStatus"] != awaited)  # noqa: B023 - waited for in this turn
            if job["ProcessingJobStatus"] == "Stopping":
                self._become("Stopping")
        status = job["ProcessingJobStatus"]
        if status == "Completed" and str(job.get("ExitMessage", "")).startswith("CompletedWithViolations"):
            status = "CompletedWithViolations"
        self._become(status, FailureReason=job.get("FailureReason"))

    def _start(self, start: datetime, end: datetime, endpoint: Record | None) -> Record:
        capture = (endpoint or {}).get("DataCaptureConfig")
        if capture is None:
            raise NotStarted(f"Endpoint {self._analysis.endpoint} does not exist or does not capture its data.")
        destination = capture["DestinationS3Uri"].rstrip("/")
        name = f"{(self._analysis.kind or 'model').lower()}-monitoring-{end:%Y%m%d%H%M}-{uuid.uuid4().hex[:12]}"
        try:
            s3 = role_client("s3", self._analysis.role_arn, SESSION)
            data = self._data(s3, destination, start, end)
            if not data:
                raise NotStarted(
                    f'No S3 objects found under S3 URL "{destination}/{self._analysis.endpoint}" '
                    f"for the time from {start:%Y-%m-%dT%H:%M:%SZ} to {end:%Y-%m-%dT%H:%M:%SZ}."
                )
            if self._analysis.ground_truth:
                data = self._merge(s3, name, data, start, end)
            window = Window(self.record["MonitoringScheduleName"], start, end, destination, data)
            self._call("CreateProcessingJob", request(self._analysis, window, name))
        except (*STORAGE_FAULTS, ApiError) as fault:
            raise NotStarted(f"ClientError: {fault}") from None
        job = self._store.get(PROCESSING.kind, name)
        self._store.change(job, MonitoringScheduleArn=self._schedule_arn)
        return job

    def _data(self, s3: Any, destination: str, start: datetime, end: datetime) -> dict[str, str]:
        """Captured folders with something in them, by their place below the destination."""
        hours = list(hour_folders(start, end))
        times = hours if len(hours) <= MOST_HOURS else sorted({hour.rpartition("/")[0] for hour in hours})
        of_endpoint = Location.of(f"{destination}/{self._analysis.endpoint}/")
        listed = s3.list_objects_v2(Bucket=of_endpoint.bucket, Prefix=of_endpoint.key, Delimiter="/")
        variants = [found["Prefix"].rstrip("/").rpartition("/")[2] for found in listed.get("CommonPrefixes", ())]
        folders = [f"{self._analysis.endpoint}/{variant}/{time}" for variant in variants for time in times]
        return {folder: f"{destination}/{folder}" for folder in folders if _keys(s3, f"{destination}/{folder}/")}

    def _merge(self, s3: Any, job: str, data: dict[str, str], start: datetime, end: datetime) -> dict[str, str]:
        """Join the captured lines with the labels collected until now; one merged folder takes the place of all."""
        captured = [line for uri in data.values() for line in _lines(s3, f"{uri}/")]
        labels = f"{str(self._analysis.ground_truth).rstrip('/')}/"
        truths = [line for hour in hour_folders(start, end) for line in _lines(s3, f"{labels}{hour}/")]
        target = Location.of(f"{self._analysis.output['S3Uri'].rstrip('/')}/merge/{job}/")
        lines = merged(captured, truths)
        if not lines:
            raise NotStarted("No captured request has a label in the ground truth of this time.")
        s3.put_object(Bucket=target.bucket, Key=target.below("merged.jsonl"), Body="\n".join(lines).encode())
        return {f"{self._analysis.endpoint}/merged/{hour_folder(start)}": f"s3://{target.bucket}/{target.key}"}

    def _become(self, status: str, **members: Any) -> None:
        self._store.change(self.record, MonitoringExecutionStatus=status, **members)


def _keys(s3: Any, uri: str) -> list[str]:
    location = Location.of(uri)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.key)
    return [found["Key"] for page in pages for found in page.get("Contents", ())]


def _lines(s3: Any, uri: str) -> Iterable[str]:
    bucket = Location.of(uri).bucket
    for key in _keys(s3, uri):
        yield from read(s3, Location(bucket, key)).decode().splitlines()
