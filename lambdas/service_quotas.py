"""Service Quotas for SageMaker."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from core.governance.quotas import Change, Quota, Usage
from lambdas.calls import Calls
from lambdas.failures import Unavailable
from lambdas.standings import Found

SERVICE = "sagemaker"
PAGE, PAGES_MAX = 100, 200
"""SageMaker has some thousands of quotas."""


class ServiceQuotas:
    """`lambdas.standings.Quotas`."""

    def __init__(self, calls: Calls, client: Any) -> None:
        self._calls, self._client = calls, client

    def find(self, names: Collection[str]) -> Found:
        """The account's own values first; a quota that nobody has ever changed may be among the defaults alone."""
        found: dict[str, Quota] = {}
        seen: dict[str, None] = {}
        for operation in (self._client.list_service_quotas, self._client.list_aws_default_service_quotas):
            for entry in self._listed(operation, "Quotas"):
                name = entry["QuotaName"]
                seen[name] = None
                if name in names and name not in found:
                    found[name] = _quota(entry)
                    if len(found) == len(names):
                        return Found(found, tuple(seen))
        return Found(found, tuple(seen))

    def changes(self, code: str) -> tuple[Change, ...]:
        history = self._client.list_requested_service_quota_change_history_by_quota
        return tuple(_change(entry) for entry in self._listed(history, "RequestedQuotas", QuotaCode=code))

    def ask(self, code: str, desired: float) -> Change:
        wanted = {"ServiceCode": SERVICE, "QuotaCode": code, "DesiredValue": desired}
        return _change(self._calls.ask(self._client.request_service_quota_increase, **wanted)["RequestedQuota"])

    def _listed(self, operation: Callable[..., Any], member: str, **which: str) -> Iterator[dict[str, Any]]:
        request: dict[str, Any] = {"ServiceCode": SERVICE, "MaxResults": PAGE, **which}
        for _ in range(PAGES_MAX):
            answer = self._calls.ask(operation, **request)
            yield from answer[member]
            if not answer.get("NextToken"):
                return
            request["NextToken"] = answer["NextToken"]
        raise Unavailable(f"Service Quotas lists more than {PAGES_MAX * PAGE} {member} of {SERVICE}")


def _quota(entry: dict[str, Any]) -> Quota:
    return Quota(entry["QuotaName"], entry["QuotaCode"], entry["Value"], entry["Adjustable"], _usage(entry))


def _usage(entry: dict[str, Any]) -> Usage | None:
    """Service Quotas itself says in which metric a quota's use is counted; not every quota's is."""
    metric = entry.get("UsageMetric") or {}
    if not metric.get("MetricName"):
        return None
    dimensions = tuple(sorted(metric.get("MetricDimensions", {}).items()))
    statistic = metric.get("MetricStatisticRecommendation", "Maximum")
    return Usage(metric["MetricNamespace"], metric["MetricName"], dimensions, statistic)


def _change(entry: dict[str, Any]) -> Change:
    case = entry.get("CaseId") or ""
    return Change(entry["Id"], entry["Status"], entry["DesiredValue"], case, entry["Created"])
