"""AWS Budgets, CloudWatch's metrics and the list of watched quotas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.contracts.metrics import HOMEOSTAT
from core.contracts.quotas import WatchedQuotas
from core.governance.quotas import Usage
from core.governance.spending import Spending
from lambdas.calls import Calls

LOOK_BACK = timedelta(hours=1)
PERIOD_S = 300
QUERIES_MAX = 500
"""Metrics of one GetMetricData; PutMetricData takes 1,000."""


class AwsBudget:
    """`lambdas.govern.ports.Budget`."""

    def __init__(self, calls: Calls, client: Any, account: str, name: str) -> None:
        self._calls, self._client, self._which = calls, client, {"AccountId": account, "BudgetName": name}

    def spending(self) -> Spending:
        budget = self._calls.ask(self._client.describe_budget, **self._which)["Budget"]
        actual, limit = budget["CalculatedSpend"]["ActualSpend"], budget["BudgetLimit"]
        return Spending(float(actual["Amount"]), float(limit["Amount"]))


class CloudWatchMetrics:
    """`lambdas.govern.ports.Metrics`."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls, self._client = calls, client

    def publish(self, data: Sequence[Mapping[str, Any]]) -> None:
        for start in range(0, len(data), QUERIES_MAX):
            part = [dict(datum) for datum in data[start : start + QUERIES_MAX]]
            self._calls.ask(self._client.put_metric_data, Namespace=HOMEOSTAT, MetricData=part)

    def most_used(self, usages: Mapping[str, Usage], now: datetime) -> dict[str, float]:
        names = list(usages)
        most: dict[str, float] = {}
        for start in range(0, len(names), QUERIES_MAX):
            part = names[start : start + QUERIES_MAX]
            queries = [_query(f"q{index}", usages[name]) for index, name in enumerate(part)]
            request = {"MetricDataQueries": queries, "StartTime": now - LOOK_BACK, "EndTime": now}
            results = self._calls.ask(self._client.get_metric_data, **request)["MetricDataResults"]
            values = {result["Id"]: result["Values"] for result in results}
            most |= {name: max(values[f"q{i}"]) for i, name in enumerate(part) if values.get(f"q{i}")}
        return most


class SsmWatchList:
    """`lambdas.govern.ports.WatchList`."""

    def __init__(self, calls: Calls, client: Any, parameter: str) -> None:
        self._calls, self._client, self._parameter = calls, client, parameter

    def read(self) -> WatchedQuotas:
        parameter = self._calls.ask(self._client.get_parameter, Name=self._parameter)["Parameter"]
        return WatchedQuotas.from_json(parameter["Value"])


def _query(id: str, usage: Usage) -> dict[str, Any]:
    metric = {
        "Namespace": usage.namespace,
        "MetricName": usage.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in usage.dimensions],
    }
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": PERIOD_S, "Stat": usage.statistic}}
