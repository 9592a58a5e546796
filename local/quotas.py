"""Service Quotas for SageMaker: applied values, defaults, and requests that a person at AWS would decide on.

Codes are made from the quota's name and are not those of AWS: a caller finds
a quota by its name with ListServiceQuotas, which holds on both sides.
A request stays PENDING until POST /_homeostat/quota-request
{"RequestId": ..., "Status": "APPROVED"} says what became of it, and
POST /_homeostat/quota-trouble {"Operation": ..., "Code": ..., "Message": ...}
lets the next call of an operation fail.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from local import clock
from local.extensions import Registration
from local.quota_catalog import SERVICE, defaults
from local.service import ApiError, Service
from local.service.service import service_model

OPEN = ("PENDING", "CASE_OPENED")
MOST_OPEN = 20
"""Active requests of an account in a region, as the quotas of Service Quotas itself say."""


class Quotas:
    """The operations; one account in one region."""

    def __init__(self) -> None:
        self._defaults = defaults()
        self.reset()

    def reset(self) -> None:
        self._applied: dict[str, float] = {}
        self._requests: dict[str, dict[str, Any]] = {}
        self._troubles: dict[str, list[ApiError]] = {}

    def trouble(self, operation: str, code: str, message: str) -> None:
        """The next call of the operation fails so, once."""
        self._troubles.setdefault(operation, []).append(ApiError(code, message))

    def list_services(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"Services": [SERVICE]}

    def list_service_quotas(self, params: dict[str, Any]) -> dict[str, Any]:
        self._fail("ListServiceQuotas")
        _known_service(params)
        return _page([self._quota(found) for found in self._defaults], "Quotas", params)

    def list_aws_default_service_quotas(self, params: dict[str, Any]) -> dict[str, Any]:
        _known_service(params)
        return _page(list(self._defaults.values()), "Quotas", params)

    def get_service_quota(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"Quota": self._quota(self._code(params))}

    def get_aws_default_service_quota(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"Quota": self._defaults[self._code(params)]}

    def request_service_quota_increase(self, params: dict[str, Any]) -> dict[str, Any]:
        self._fail("RequestServiceQuotaIncrease")
        quota = self._quota(self._code(params))
        if params["DesiredValue"] <= quota["Value"]:
            text = f"You must provide a quota value greater than the current quota value of {quota['Value']}."
            raise ApiError("IllegalArgumentException", text)
        if any(request["Status"] in OPEN for request in self._of(quota["QuotaCode"])):
            text = "Only one open service quota increase request is allowed per quota."
            raise ApiError("ResourceAlreadyExistsException", text)
        if sum(request["Status"] in OPEN for request in self._requests.values()) >= MOST_OPEN:
            raise ApiError("QuotaExceededException", f"You have reached the limit of {MOST_OPEN} active requests.")
        now = clock.now()
        request = {
            **{name: quota[name] for name in ("ServiceCode", "ServiceName", "QuotaCode", "QuotaName", "QuotaArn")},
            "Id": uuid.uuid4().hex,
            "DesiredValue": params["DesiredValue"],
            "Status": "PENDING",
            "Created": now,
            "LastUpdated": now,
            "GlobalQuota": False,
            "Unit": "None",
        }
        self._requests[request["Id"]] = request
        return {"RequestedQuota": request}

    def get_requested_service_quota_change(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"RequestedQuota": self._request(params["RequestId"])}

    def list_requested_service_quota_change_history(self, params: dict[str, Any]) -> dict[str, Any]:
        return _page(_matching(self._requests.values(), params), "RequestedQuotas", params)

    def list_requested_service_quota_change_history_by_quota(self, params: dict[str, Any]) -> dict[str, Any]:
        return _page(_matching(self._of(self._code(params)), params), "RequestedQuotas", params)

    def decide(self, request_id: str, status: str) -> dict[str, Any]:
        """Give a request another status; an approved one changes the quota."""
        accepted = service_model("service-quotas").shape_for("RequestStatus").enum
        if status not in accepted:
            raise ApiError("ValidationException", f"Status {status!r} is none of {', '.join(accepted)}")
        request = self._request(request_id)
        request |= {"Status": status, "LastUpdated": clock.now()}
        if status != "PENDING":
            request.setdefault("CaseId", str(170_000_000_000 + len(self._requests)))
        if status == "APPROVED":
            self._applied[request["QuotaCode"]] = request["DesiredValue"]
        return request

    def _fail(self, operation: str) -> None:
        if self._troubles.get(operation):
            raise self._troubles[operation].pop(0)

    def _quota(self, found: str) -> dict[str, Any]:
        default = self._defaults[found]
        return {**default, "Value": self._applied.get(found, default["Value"])}

    def _code(self, params: dict[str, Any]) -> str:
        _known_service(params)
        found: str = params["QuotaCode"]
        if found not in self._defaults:
            raise _no_such(f"quota {found} of service {params['ServiceCode']}")
        return found

    def _request(self, request_id: str) -> dict[str, Any]:
        if request_id not in self._requests:
            raise _no_such(f"request {request_id}")
        return self._requests[request_id]

    def _of(self, quota_code: str) -> Iterator[dict[str, Any]]:
        return (request for request in self._requests.values() if request["QuotaCode"] == quota_code)


def _matching(requests: Any, params: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = {name: params[name] for name in ("ServiceCode", "Status") if name in params}
    return [request for request in requests if wanted.items() <= request.items()]


def _page(items: list[dict[str, Any]], member: str, params: dict[str, Any]) -> dict[str, Any]:
    start = int(params.get("NextToken", 0))
    end = start + params.get("MaxResults", 100)
    return {member: items[start:end], **({"NextToken": str(end)} if end < len(items) else {})}


def _known_service(params: dict[str, Any]) -> None:
    if params["ServiceCode"] != SERVICE["ServiceCode"]:
        raise _no_such(f"service {params['ServiceCode']}")


def _no_such(what: str) -> ApiError:
    return ApiError("NoSuchResourceException", f"The request failed because the specified {what} does not exist.")


_quotas: list[Quotas] = []


def services() -> Sequence[Registration]:
    _quotas.append(Quotas())
    service = Service("service-quotas", [_quotas[0]])
    return (Registration("servicequotas", "ServiceQuotasV20190624", "servicequotas", service),)


def _decide(method: str, body: bytes) -> dict[str, Any]:
    told = json.loads(body)
    decided = _quotas[0].decide(told["RequestId"], told["Status"])
    return {"RequestId": decided["Id"], "Status": decided["Status"]}


def _trouble(method: str, body: bytes) -> dict[str, Any]:
    told = json.loads(body)
    _quotas[0].trouble(told["Operation"], told["Code"], told["Message"])
    return {}


ROUTES = {"quota-request": _decide, "quota-trouble": _trouble}
