"""One run of a schedule: its data gathered, its processing job started and followed to the end."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from core.contracts.capture import hour_folder, hour_folders
from local.credentials import role_client
from local.sagemaker.jobs.processing import PROCESSING
from local.sagemaker.monitoring.analysis import Analysis
from local.sagemaker.monitoring.job import MANIFEST, Window, request
from local.sagemaker.monitoring.merging import merged, merged_rows
from local.sagemaker.store import Record, Store
from local.service import ApiError
from local.storage import STORAGE_FAULTS, Location, read

Call = Callable[[str, Record], Record]
SESSION = "SageMaker"
INPUT, OUTPUT = "input", "output"
"""Folders of a transform job's manifests."""
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
        destination = self._destination(endpoint)
        name = f"{(self._analysis.kind or 'model').lower()}-monitoring-{end:%Y%m%d%H%M}-{uuid.uuid4().hex[:12]}"
        try:
            s3 = role_client("s3", self._analysis.role_arn, SESSION)
            find = self._requests if self._analysis.endpoint else self._manifests
            data = find(s3, destination, start, end)
            if not data:
                raise NotStarted(
                    f'No S3 objects found under S3 URL "{destination}/{self._analysis.endpoint or OUTPUT}" '
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

    def _destination(self, endpoint: Record | None) -> str:
        """Where was captured what is looked at."""
        captured = self._analysis.captured or (endpoint or {}).get("DataCaptureConfig", {}).get("DestinationS3Uri")
        if captured is None:
            raise NotStarted(f"Endpoint {self._analysis.endpoint} does not exist or does not capture its data.")
        return str(captured).rstrip("/")

    def _manifests(self, s3: Any, destination: str, start: datetime, end: datetime) -> dict[str, str]:
        """Of what transform jobs read and wrote, by their place below the destination."""
        at = Location.of(f"{destination}/")
        hours = [f"{side}/{hour}" for hour in hour_folders(start, end) for side in (INPUT, OUTPUT)]
        keys = [key for hour in hours for key in _keys(s3, f"{destination}/{hour}/")]
        return {key.removeprefix(at.key).removesuffix(MANIFEST): f"s3://{at.bucket}/{key}" for key in keys}

    def _requests(self, s3: Any, destination: str, start: datetime, end: datetime) -> dict[str, str]:
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
        of_endpoint = self._analysis.endpoint is not None
        captured = list(self._captured(s3, data) if of_endpoint else self._scored(s3, data))
        labels = f"{str(self._analysis.ground_truth).rstrip('/')}/"
        truths = [line for hour in hour_folders(start, end) for line in _lines(s3, f"{labels}{hour}/")]
        target = Location.of(f"{self._analysis.output['S3Uri'].rstrip('/')}/merge/{job}/")
        lines = (merged if of_endpoint else merged_rows)(captured, truths)
        if not lines:
            raise NotStarted("Nothing that was captured has a label in the ground truth of this time.")
        name = "merged.jsonl" if of_endpoint else "merged.csv"
        s3.put_object(Bucket=target.bucket, Key=target.below(name), Body="\n".join(lines).encode())
        folder = f"{self._analysis.endpoint or OUTPUT}/merged/{hour_folder(start)}"
        return {folder: f"s3://{target.bucket}/{target.key}"}

    def _captured(self, s3: Any, data: dict[str, str]) -> Iterable[str]:
        return (line for uri in data.values() for line in _lines(s3, f"{uri}/"))

    def _scored(self, s3: Any, data: dict[str, str]) -> Iterable[str]:
        """Lines of what the manifests say was written."""
        for folder, uri in data.items():
            if folder.startswith(OUTPUT):
                first, *names = json.loads(read(s3, Location.of(uri)))
                for name in names:
                    yield from read(s3, Location.of(f"{first['prefix']}{name}")).decode().splitlines()

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
