"""The rows that wait, what is in service, metrics and schedules: in S3, CloudWatch and EventBridge Scheduler."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core.contracts.batch_metrics import of_batch
from core.contracts.metrics import HOMEOSTAT, ROWS
from core.contracts.release import Release
from core.names import TeamNames
from lambdas.batch.ports import Schedule
from lambdas.calls import Calls
from lambdas.failures import NotThere
from lambdas.listing import PAGES_MAX, listed
from lambdas.objects import Objects

MINUTE_S = 60
RATE = re.compile(r"rate\((\d+) hours?\)")


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

    def signs(self, schedule: str, start: datetime, end: datetime) -> set[datetime]:
        rows = of_batch(ROWS)
        metric = {
            "Namespace": rows.namespace,
            "MetricName": rows.name,
            "Dimensions": [{"Name": name, "Value": schedule} for name in rows.dimensions],
        }
        stat = {"Metric": metric, "Period": MINUTE_S, "Stat": "SampleCount"}
        queries = [{"Id": "signs", "MetricStat": stat}]
        request: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": start, "EndTime": end}
        results = listed(self._calls, self._client.get_metric_data, "MetricDataResults", **request)
        return {at.astimezone(UTC) for result in results for at in result["Timestamps"]}


class EventBridgeSchedules:
    """`lambdas.batch.ports.Schedules`."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls, self._client = calls, client

    def find(self, name: str) -> Schedule | None:
        try:
            answer = self._calls.ask(self._client.get_schedule, Name=name)
        except NotThere:
            return None
        hours = RATE.fullmatch(answer["ScheduleExpression"])
        if hours is None or answer["State"] != "ENABLED":
            return None
        return Schedule(timedelta(hours=int(hours[1])), answer["LastModificationDate"].astimezone(UTC))
