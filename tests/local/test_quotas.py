"""Service Quotas: found by name, raised by request, decided by a person at AWS."""

from __future__ import annotations

from typing import Any

import pytest

from local.quota_catalog import code
from local.quotas import Quotas
from local.service import ApiError, Service
from local.settings import Settings
from local.start import EmbeddedAws

NAME = "ml.g5.xlarge for training job usage"


@pytest.fixture
def quotas(in_process: Settings) -> Service:
    return Service("service-quotas", [Quotas()])


def request(quotas: Service, value: float) -> dict[str, Any]:
    wanted = {"ServiceCode": "sagemaker", "QuotaCode": code(NAME), "DesiredValue": value}
    requested: dict[str, Any] = quotas.call("RequestServiceQuotaIncrease", wanted)["RequestedQuota"]
    return requested


def value(quotas: Service) -> float:
    found: float = quotas.call("GetServiceQuota", {"ServiceCode": "sagemaker", "QuotaCode": code(NAME)})["Quota"][
        "Value"
    ]
    return found


def test_a_quota_is_found_by_its_name(quotas: Service) -> None:
    listed = quotas.call("ListServiceQuotas", {"ServiceCode": "sagemaker"})["Quotas"]
    assert [quota["QuotaCode"] for quota in listed if quota["QuotaName"] == NAME] == [code(NAME)]


def test_pages_hold_every_quota_once(quotas: Service) -> None:
    seen, token = [], {}
    while True:
        page = quotas.call("ListServiceQuotas", {"ServiceCode": "sagemaker", "MaxResults": 5, **token})
        seen += [quota["QuotaCode"] for quota in page["Quotas"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert len(seen) == len(set(seen)) > 5


def test_an_approved_request_changes_the_quota_and_not_its_default(quotas: Service) -> None:
    asked = request(quotas, 4)
    assert (asked["Status"], value(quotas)) == ("PENDING", 0)
    quotas.parts[0].decide(asked["Id"], "APPROVED")  # type: ignore[attr-defined]
    assert value(quotas) == 4
    default = quotas.call("GetAWSDefaultServiceQuota", {"ServiceCode": "sagemaker", "QuotaCode": code(NAME)})
    assert default["Quota"]["Value"] == 0


def test_a_denied_request_changes_nothing_and_stays_in_the_history(quotas: Service) -> None:
    asked = request(quotas, 4)
    quotas.parts[0].decide(asked["Id"], "DENIED")  # type: ignore[attr-defined]
    assert value(quotas) == 0
    denied = quotas.call("ListRequestedServiceQuotaChangeHistory", {"Status": "DENIED"})["RequestedQuotas"]
    assert [entry["Id"] for entry in denied] == [asked["Id"]]
    assert request(quotas, 4)["Status"] == "PENDING"


@pytest.mark.parametrize(
    ("error", "operation", "params"),
    [
        ("NoSuchResourceException", "GetServiceQuota", {"ServiceCode": "sagemaker", "QuotaCode": "L-00000000"}),
        ("NoSuchResourceException", "ListServiceQuotas", {"ServiceCode": "ec3"}),
        ("NoSuchResourceException", "GetRequestedServiceQuotaChange", {"RequestId": "none"}),
        (
            "IllegalArgumentException",
            "RequestServiceQuotaIncrease",
            {"ServiceCode": "sagemaker", "QuotaCode": code(NAME), "DesiredValue": 0},
        ),
    ],
)
def test_what_cannot_be_is_refused(quotas: Service, error: str, operation: str, params: dict[str, Any]) -> None:
    with pytest.raises(ApiError) as refused:
        quotas.call(operation, params)
    assert refused.value.code == error


def test_one_open_request_is_enough(quotas: Service) -> None:
    request(quotas, 4)
    with pytest.raises(ApiError, match="Only one open"):
        request(quotas, 5)


@pytest.mark.slow
def test_boto3_asks_and_the_answer_comes_from_outside(aws: EmbeddedAws) -> None:
    client = aws.client("service-quotas")
    wanted = {"ServiceCode": "sagemaker", "QuotaCode": code("ml.p4d.24xlarge for endpoint usage")}
    asked = client.request_service_quota_increase(**wanted, DesiredValue=2)["RequestedQuota"]
    aws.post("quota-request", {"RequestId": asked["Id"], "Status": "APPROVED"})
    assert client.get_service_quota(**wanted)["Quota"]["Value"] == 2


def test_a_quota_says_where_its_use_is_counted(quotas: Service) -> None:
    listed = quotas.call("ListServiceQuotas", {"ServiceCode": "sagemaker"})["Quotas"]
    metrics = {quota["QuotaName"]: quota.get("UsageMetric", {}) for quota in listed}
    assert metrics[NAME]["MetricDimensions"]["Resource"] == "training-job/ml.g5.xlarge"
    assert metrics["ml.g5.xlarge for spot training job usage"] == {}


def test_a_request_that_people_look_at_has_a_case(quotas: Service) -> None:
    asked = request(quotas, 4)
    assert "CaseId" not in asked
    quotas.parts[0].decide(asked["Id"], "CASE_OPENED")  # type: ignore[attr-defined]
    found = quotas.call("GetRequestedServiceQuotaChange", {"RequestId": asked["Id"]})["RequestedQuota"]
    assert found["CaseId"].isdigit()


def test_an_account_has_so_many_open_requests_and_no_more(quotas: Service) -> None:
    listed = quotas.call("ListServiceQuotas", {"ServiceCode": "sagemaker"})["Quotas"]
    codes = [quota["QuotaCode"] for quota in listed]
    for found in codes[:20]:
        wanted = {"ServiceCode": "sagemaker", "QuotaCode": found, "DesiredValue": 99}
        quotas.call("RequestServiceQuotaIncrease", wanted)
    with pytest.raises(ApiError) as refused:
        quotas.call(
            "RequestServiceQuotaIncrease", {"ServiceCode": "sagemaker", "QuotaCode": codes[20], "DesiredValue": 99}
        )
    assert refused.value.code == "QuotaExceededException"


def test_trouble_comes_once_when_it_is_ordered(quotas: Service) -> None:
    quotas.parts[0].trouble("RequestServiceQuotaIncrease", "IllegalArgumentException", "above it")  # type: ignore[attr-defined]
    with pytest.raises(ApiError, match="above it"):
        request(quotas, 4)
    assert request(quotas, 4)["Status"] == "PENDING"
