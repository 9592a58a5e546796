"""The custom resource for quotas: it asks, answers at once, and fails for nothing that AWS may say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from core.contracts.quotas import GROUP, KEPT, attribute
from core.governance.quotas import Change, Quota, Usage
from lambdas.custom_resource import LONGEST_ANSWER, Answer, Request, answer
from lambdas.failures import Refused, Unavailable
from lambdas.quotas.request import Ports, asked_for
from lambdas.service_quotas import ServiceQuotas
from lambdas.standings import look
from tests.lambdas.aws import PLENTY, Context
from tests.lambdas.faults import Fault
from tests.lambdas.governing import GPU, SPOT, FakeQuotas
from tests.lambdas.world import TEAM, World

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def quotas() -> FakeQuotas:
    return FakeQuotas(World())


def request(kind: str = "Create", before: dict[str, int] | None = None, **wanted: int) -> Request:
    """As CloudFormation sends it: numbers are texts."""

    def properties(counts: dict[str, int]) -> dict[str, Any]:
        named = {"gpu": GPU, "spot": SPOT}
        return {"Wanted": {named.get(name, name): str(count) for name, count in counts.items()}}

    known = None if kind == "Create" else "demo-dev-quotas-1"
    old = properties(before) if before is not None else {}
    given = properties(before or {}) if kind == "Delete" else properties(wanted)
    return Request(kind, "Custom::HomeostatQuotas", known, given, old if kind == "Update" else {}, "1")  # type: ignore[arg-type]


def done(quotas: FakeQuotas, asked: Request) -> Answer:
    return asked_for(asked, Ports(TEAM, quotas, quotas.world.topic))


def line(quotas: FakeQuotas, asked: Request, name: str = GPU) -> str:
    return done(quotas, asked).data[attribute(name)]


def test_what_is_missing_is_requested_and_said(quotas: FakeQuotas) -> None:
    assert line(quotas, request(gpu=4)) == "REQUESTED: has 0, wanted 4. 4 is requested."
    assert quotas.asked == [(GPU, 4)]


def test_the_same_deployment_again_finds_the_open_request(quotas: FakeQuotas) -> None:
    done(quotas, request(gpu=4))
    quotas.decide(GPU, "CASE_OPENED", "1234")
    for _ in range(3):
        again = line(quotas, request("Update", before={"gpu": 4}, gpu=4))
        assert again == "CASE_OPENED: has 0, wanted 4; case 1234. 4 is requested."
    assert quotas.asked == [(GPU, 4)]


def test_a_stack_keeps_its_resource_through_updates(quotas: FakeQuotas) -> None:
    assert done(quotas, request("Update", before={"gpu": 4}, gpu=8)).physical_id == "demo-dev-quotas-1"


def test_enough_is_never_lowered(quotas: FakeQuotas) -> None:
    quotas.values[GPU] = 10
    assert line(quotas, request(gpu=4)).startswith("ENOUGH: has 10, wanted 4")
    assert quotas.asked == []


@pytest.mark.parametrize(
    ("code", "beginning"),
    [
        ("IllegalArgumentException", "REFUSED: has 0, wanted 4. AWS does not take this value: it may be above"),
        ("InvalidResourceStateException", "REFUSED: has 0, wanted 4. the quota cannot be changed now"),
        ("NoSuchResourceException", "REFUSED: has 0, wanted 4. NoSuchResourceException"),
        ("QuotaExceededException", "LATER: has 0, wanted 4. the account has as many open requests"),
        ("DependencyAccessDeniedException", "LATER: has 0, wanted 4. Service Quotas may not use its"),
    ],
)
def test_a_refusal_is_an_output_and_not_a_failed_deployment(quotas: FakeQuotas, code: str, beginning: str) -> None:
    quotas.refusals = [Refused(code, "told so")]
    assert line(quotas, request(gpu=4)).startswith(beginning)


@pytest.mark.parametrize("call", ["quotas.find", "quotas.changes", "quotas.ask"])
def test_a_service_that_cannot_be_asked_is_an_output_as_well(quotas: FakeQuotas, call: str) -> None:
    calls = ["quotas.find", "quotas.changes", "quotas.ask"]
    quotas.world.faults.plan = {calls.index(call): Fault.REQUEST_LOST}
    assert line(quotas, request(gpu=4)).startswith("LATER: has ")


def test_an_unknown_name_is_an_output_with_what_was_meant(quotas: FakeQuotas) -> None:
    wrong = GPU.replace("xlarge", "xlarg")
    assert f"did you mean '{GPU}'?" in line(quotas, request(**{wrong: 4}), wrong)


def test_a_quota_that_is_no_longer_wanted_is_kept_and_that_is_said(quotas: FakeQuotas) -> None:
    kept = done(quotas, request("Update", before={"gpu": 4, "spot": 2}, gpu=4)).data[KEPT]
    assert kept == f"The account keeps 1 that are no longer asked for: {SPOT}"
    (notice,) = quotas.world.topic.notices
    assert SPOT in notice.text
    assert "stays open" in notice.text


def test_removing_the_stack_withdraws_nothing(quotas: FakeQuotas) -> None:
    done(quotas, request(gpu=4))
    done(quotas, request("Delete", before={"gpu": 4}))
    assert quotas.asked == [(GPU, 4)]
    assert len(quotas.world.topic.notices) == 1


def test_a_topic_that_is_gone_does_not_keep_the_stack_from_going(quotas: FakeQuotas) -> None:
    quotas.world.faults.plan = {0: Fault.REQUEST_LOST}
    assert done(quotas, request("Delete", before={"gpu": 4})).physical_id == "demo-dev-quotas-1"


def test_the_longest_answer_is_one_that_cloudformation_takes(quotas: FakeQuotas) -> None:
    names = [f"ml.p4de.24xlarge-number{index} for spot training job usage" for index in range(GROUP)]
    quotas.values = dict.fromkeys(names, 0)
    quotas.requests = {name: [] for name in names}
    quotas.refusals = [Refused("IllegalArgumentException", "ü" * 500) for _ in names]
    before = {f"{name}{index}": 1 for index, name in enumerate(names)}
    given = done(quotas, request("Update", before=before, **dict.fromkeys(names, 4)))
    assert len(json.dumps(dict(given.data))) <= LONGEST_ANSWER - 1024


class _Bucket(BaseHTTPRequestHandler):
    """Where CloudFormation's signed URL points."""

    answers: list[dict[str, Any]] = []  # noqa: RUF012 - one list for all of its requests

    def do_PUT(self) -> None:
        self.answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    _Bucket.answers.clear()
    with HTTPServer(("127.0.0.1", 0), _Bucket) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/answer"
        server.shutdown()
        thread.join()


def test_cloudformation_gets_its_answer_whatever_service_quotas_says(quotas: FakeQuotas, url: str) -> None:
    quotas.refusals = [Refused("IllegalArgumentException", "above what the account may have")]
    event = {
        "RequestType": "Create",
        "ResourceType": "Custom::HomeostatQuotas",
        "LogicalResourceId": "Request1",
        "StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/demo-dev-operations/1",
        "RequestId": "7",
        "ResponseURL": url,
        "ResourceProperties": {"ServiceToken": "arn", "Wanted": {GPU: "4"}},
    }
    answer(event, Context(), lambda asked: asked_for(asked, Ports(TEAM, quotas, quotas.world.topic)))
    (reply,) = _Bucket.answers
    assert (reply["Status"], reply["PhysicalResourceId"]) == ("SUCCESS", "demo-dev-quotas-7")
    assert reply["Data"][attribute(GPU)].startswith("REFUSED")


# What is asked of Service Quotas itself: botocore's model checks every request.


def client() -> tuple[Any, Stubber]:
    made = boto3.client("service-quotas", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    return made, Stubber(made)


def listed(name: str, value: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"QuotaName": name, "QuotaCode": f"L-{len(name):08}", "Value": value, "Adjustable": True, **more}


PAGE = {"ServiceCode": "sagemaker", "MaxResults": 100}


def test_pages_are_read_until_every_name_is_found() -> None:
    made, stub = client()
    usage = {
        "MetricNamespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "MetricDimensions": {"Service": "SageMaker", "Resource": "training-job/ml.g5.xlarge"},
        "MetricStatisticRecommendation": "Maximum",
    }
    stub.add_response("list_service_quotas", {"Quotas": [listed("a"), listed("bb")], "NextToken": "2"}, PAGE)
    second = {"Quotas": [listed(GPU, 2, UsageMetric=usage), listed("ccc")], "NextToken": "3"}
    stub.add_response("list_service_quotas", second, {**PAGE, "NextToken": "2"})
    with stub:
        found = ServiceQuotas(PLENTY, made).find({GPU})
        stub.assert_no_pending_responses()
    dimensions = (("Resource", "training-job/ml.g5.xlarge"), ("Service", "SageMaker"))
    counted = Usage("AWS/Usage", "ResourceCount", dimensions, "Maximum")
    assert found.quotas == {GPU: Quota(GPU, f"L-{len(GPU):08}", 2, True, counted)}


def test_a_quota_that_only_the_defaults_know_is_found_and_the_accounts_own_value_wins() -> None:
    made, stub = client()
    stub.add_response("list_service_quotas", {"Quotas": [listed(GPU, 5)]}, PAGE)
    stub.add_response("list_aws_default_service_quotas", {"Quotas": [listed(GPU, 0), listed(SPOT, 1)]}, PAGE)
    with stub:
        found = ServiceQuotas(PLENTY, made).find({GPU, SPOT})
    assert {name: quota.value for name, quota in found.quotas.items()} == {GPU: 5, SPOT: 1}


def test_a_name_that_is_nowhere_leaves_all_names_to_guess_from() -> None:
    made, stub = client()
    stub.add_response("list_service_quotas", {"Quotas": [listed(GPU)]}, PAGE)
    stub.add_response("list_aws_default_service_quotas", {"Quotas": [listed(GPU), listed(SPOT)]}, PAGE)
    with stub:
        found = ServiceQuotas(PLENTY, made).find({"no such"})
    assert (dict(found.quotas), list(found.names)) == ({}, [GPU, SPOT])


def test_a_request_names_code_and_value_and_its_case_is_read() -> None:
    made, stub = client()
    requested = {"Id": "r1", "Status": "CASE_OPENED", "DesiredValue": 4.0, "CaseId": "1234", "Created": AT}
    wanted = {"ServiceCode": "sagemaker", "QuotaCode": "L-3F53BF0F", "DesiredValue": 4}
    stub.add_response("request_service_quota_increase", {"RequestedQuota": requested}, wanted)
    history = {"RequestedQuotas": [{**requested, "CaseId": "1234"}]}
    which = {**PAGE, "QuotaCode": "L-3F53BF0F"}
    stub.add_response("list_requested_service_quota_change_history_by_quota", history, which)
    with stub:
        service = ServiceQuotas(PLENTY, made)
        change = service.ask("L-3F53BF0F", 4)
        assert service.changes("L-3F53BF0F") == (change,)
    assert change == Change("r1", "CASE_OPENED", 4, "1234", AT)


@pytest.mark.parametrize(
    ("code", "status"), [("TooManyRequestsException", 429), ("ServiceException", 500), ("AccessDeniedException", 400)]
)
def test_a_busy_or_closed_service_is_asked_later(code: str, status: int) -> None:
    made, stub = client()
    stub.add_client_error("list_service_quotas", code, "not now", status)
    with stub:
        (standing,) = look({GPU: 4}, ServiceQuotas(PLENTY, made)).standings
    assert standing.state == "LATER"


def test_a_region_without_service_quotas_is_an_output() -> None:
    made = boto3.client(
        "service-quotas",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    (standing,) = look({GPU: 4}, ServiceQuotas(PLENTY, made)).standings
    assert standing.state == "LATER"
    assert "Could not connect" in standing.why


def test_a_list_without_an_end_is_given_up() -> None:
    made, stub = client()
    for _ in range(200):
        stub.add_response("list_service_quotas", {"Quotas": [listed("a")], "NextToken": "again"})
    with stub, pytest.raises(Unavailable, match="more than 20000"):
        ServiceQuotas(PLENTY, made).find({GPU})


def test_a_line_is_no_longer_than_an_attribute(quotas: FakeQuotas) -> None:
    (standing,) = look({GPU: 4}, quotas).standings
    assert len(replace(standing, why="x" * 999).line) == 160
