"""Transform jobs, runs of the monitor, and the rows that wait, in SageMaker and S3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from core.contracts.batch import BatchPolicy
from core.contracts.metrics import HOMEOSTAT
from core.contracts.release import Release
from core.names import ModelNames, TeamNames
from lambdas.batch.ports import Transform
from lambdas.batch.requests import Wiring, judge_request, monitor_request, transform_request
from lambdas.calls import Calls
from lambdas.failures import NotThere, Refused
from lambdas.listing import PAGES_MAX
from lambdas.objects import Objects

NEWEST, MOST = 20, 100


class SageMakerJobs:
    """`lambdas.batch.ports.Jobs`."""

    def __init__(self, calls: Calls, client: Any, wiring: Wiring) -> None:
        self._calls, self._client, self._wiring = calls, client, wiring

    def transform(self, name: str) -> Transform | None:
        try:
            answer = self._calls.ask(self._client.describe_transform_job, TransformJobName=name)
        except NotThere:
            return None
        return _transform(answer)

    def newest(self, beginning: str) -> tuple[Transform, ...]:
        answer = self._calls.ask(
            self._client.list_transform_jobs,
            NameContains=beginning,
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=NEWEST,
        )
        return _begun(answer, beginning)

    def made(self, beginning: str, start: datetime, end: datetime) -> tuple[Transform, ...]:
        answer = self._calls.ask(
            self._client.list_transform_jobs,
            NameContains=beginning,
            CreationTimeAfter=start,
            CreationTimeBefore=end,
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=MOST,
        )
        return _begun(answer, beginning)

    def score(self, names: ModelNames, model: str, due: datetime, policy: BatchPolicy) -> None:
        request = transform_request(names, model, due, policy, self._wiring)
        self._calls.ask(self._client.create_transform_job, **request)

    def stop(self, name: str) -> None:
        try:
            self._calls.ask(self._client.stop_transform_job, TransformJobName=name)
        except Refused:
            job = self.transform(name)
            if job is not None and not job.over:
                raise

    def run(self, name: str) -> str | None:
        try:
            answer = self._calls.ask(self._client.describe_processing_job, ProcessingJobName=name)
        except NotThere:
            return None
        return str(answer["ProcessingJobStatus"])

    def watch(self, names: ModelNames, job: Transform, due: datetime, policy: BatchPolicy) -> None:
        request = monitor_request(names, job, due, policy, self._wiring)
        self._calls.ask(self._client.create_processing_job, **request)

    def judge(self, names: ModelNames, job: Transform, due: datetime, policy: BatchPolicy, attempt: int) -> None:
        request = judge_request(names, job, due, policy, self._wiring, attempt)
        self._calls.ask(self._client.create_processing_job, **request)


class S3Rows:
    """`lambdas.batch.ports.Rows`."""

    def __init__(self, calls: Calls, client: Any, bucket: str) -> None:
        self._calls, self._client, self._bucket = calls, client, bucket

    def any(self, prefix: str) -> bool:
        """The console's folders are objects of no size."""
        request: dict[str, Any] = {"Bucket": self._bucket, "Prefix": prefix}
        for _ in range(PAGES_MAX):
            answer = self._calls.ask(self._client.list_objects_v2, **request)
            if any(found["Size"] for found in answer.get("Contents", ())):
                return True
            if not answer.get("NextContinuationToken"):
                return False
            request["ContinuationToken"] = answer["NextContinuationToken"]
        return False


class S3Releases:
    """`lambdas.batch.ports.Releases`."""

    def __init__(self, team: TeamNames, models: Objects) -> None:
        self._team, self._models = team, models

    def release(self, model: str) -> Release | None:
        text = self._models.get(self._team.model(model).release_key)
        return None if text is None else Release.from_json(text)


class CloudWatchMetrics:
    """`lambdas.batch.ports.Metrics`."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls, self._client = calls, client

    def publish(self, data: Sequence[Mapping[str, Any]]) -> None:
        self._calls.ask(self._client.put_metric_data, Namespace=HOMEOSTAT, MetricData=[dict(each) for each in data])


def _begun(answer: dict[str, Any], beginning: str) -> tuple[Transform, ...]:
    """SageMaker finds a text anywhere in a name."""
    found = map(_transform, answer["TransformJobSummaries"])
    return tuple(job for job in found if job.name.startswith(beginning))


def _transform(answer: dict[str, Any]) -> Transform:
    ended = answer.get("TransformEndTime")
    return Transform(
        name=answer["TransformJobName"],
        status=answer["TransformJobStatus"],
        made=answer["CreationTime"].astimezone(UTC),
        ended=ended.astimezone(UTC) if ended else None,
        why=answer.get("FailureReason", ""),
    )
