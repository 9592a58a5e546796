"""Transform jobs, and runs of the monitor over them, in SageMaker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from core.contracts.batch import BatchPolicy
from core.names import ModelNames
from lambdas.batch.ports import Transform
from lambdas.batch.requests import Wiring, judge_request, monitor_request, transform_request
from lambdas.calls import Calls
from lambdas.failures import NotThere, Refused
from lambdas.listing import listed

NEWEST_FIRST = {"SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 100}


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

    def made(self, beginning: str, start: datetime, end: datetime) -> tuple[Transform, ...]:
        """SageMaker finds a text anywhere in a name."""
        between = {"CreationTimeAfter": start, "CreationTimeBefore": end}
        request: dict[str, Any] = {"NameContains": beginning, **between, **NEWEST_FIRST}
        summaries = listed(self._calls, self._client.list_transform_jobs, "TransformJobSummaries", **request)
        return tuple(_transform(each) for each in summaries if each["TransformJobName"].startswith(beginning))

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

    def runs(self, beginning: str, start: datetime) -> dict[str, str]:
        request: dict[str, Any] = {"NameContains": beginning, "CreationTimeAfter": start, **NEWEST_FIRST}
        summaries = listed(self._calls, self._client.list_processing_jobs, "ProcessingJobSummaries", **request)
        found = {each["ProcessingJobName"]: str(each["ProcessingJobStatus"]) for each in summaries}
        return {name: status for name, status in found.items() if name.startswith(beginning)}

    def watch(self, names: ModelNames, job: Transform, due: datetime, policy: BatchPolicy) -> None:
        request = monitor_request(names, job, due, policy, self._wiring)
        self._calls.ask(self._client.create_processing_job, **request)

    def judge(self, names: ModelNames, job: Transform, due: datetime, policy: BatchPolicy, attempt: int) -> None:
        request = judge_request(names, job, due, policy, self._wiring, attempt)
        self._calls.ask(self._client.create_processing_job, **request)


def _transform(answer: dict[str, Any]) -> Transform:
    ended = answer.get("TransformEndTime")
    return Transform(
        name=answer["TransformJobName"],
        status=answer["TransformJobStatus"],
        made=answer["CreationTime"].astimezone(UTC),
        ended=ended.astimezone(UTC) if ended else None,
        why=answer.get("FailureReason", ""),
    )
