"""CloudFormation always gets an answer, and one that it takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas import custom_resource
from lambdas.custom_resource import INVOCATIONS, LONGEST_ANSWER, NEVER_MADE, TURN, Answer, NotYet, Request, answer
from lambdas.failures import Refused, Unavailable


@dataclass
class Bucket:
    """Takes what is put to its URL; the first `refusals` attempts fail."""

    url: str = ""
    refusals: int = 0
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def answered(self) -> dict[str, Any]:
        (body,) = self.bodies
        assert len(body) <= LONGEST_ANSWER
        document: dict[str, Any] = json.loads(body)
        return document


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    found = Bucket()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if found.refusals:
                found.refusals -= 1
                self.send_error(503)
                return
            found.bodies.append(body)
            found.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing is printed."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/answer?signature=x"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Context:
    function_name: str = "risk-dev-teardown"
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:111122223333:function:risk-dev-teardown"


def event(bucket: Bucket, kind: str = "Create", **more: Any) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "RequestId": "r-1",
        "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/risk-dev-studio/1",
        "LogicalResourceId": "Leftovers",
        "ResourceType": "Custom::HomeostatStudioLeftovers",
        "ResponseURL": bucket.url,
        "ResourceProperties": {"ServiceToken": "arn", "ServiceTimeout": "900", "Vpc": "vpc-1"},
        **more,
    }


def raising(fault: Exception) -> Callable[[Request], Answer]:
    def work(request: Request) -> Answer:
        raise fault

    return work


def test_what_was_done_is_told_with_its_attributes(bucket: Bucket) -> None:
    answer(event(bucket), Context(), lambda request: Answer("id-1", {"State": "PENDING"}))
    assert bucket.answered == {
        "Status": "SUCCESS",
        "PhysicalResourceId": "id-1",
        "Data": {"State": "PENDING"},
        "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/risk-dev-studio/1",
        "RequestId": "r-1",
        "LogicalResourceId": "Leftovers",
    }


def test_the_answer_has_the_empty_content_type_that_its_url_is_signed_for(bucket: Bucket) -> None:
    answer(event(bucket), Context(), lambda request: Answer("id-1"))
    assert bucket.headers[0]["content-type"] == ""


def test_work_sees_the_resource_s_own_properties_only(bucket: Bucket) -> None:
    seen = []

    def work(request: Request) -> Answer:
        seen.append(request)
        return Answer(request.physical_id or "")

    old = {"ServiceToken": "arn", "Vpc": "vpc-0"}
    answer(event(bucket, "Update", PhysicalResourceId="id-1", OldResourceProperties=old), Context(), work)
    type = "Custom::HomeostatStudioLeftovers"
    assert seen == [Request("Update", type, "id-1", {"Vpc": "vpc-1"}, {"Vpc": "vpc-0"}, "r-1")]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Refused("AccessDenied", "may not"), "AccessDenied: may not"),
        (Unavailable("1.0 s are left"), "1.0 s are left"),
        (LookupError("no such quota"), "no such quota"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero; the log of risk-dev-teardown"),
    ],
)
def test_every_fault_is_told_as_a_failure_with_its_reason(bucket: Bucket, fault: Exception, reason: str) -> None:
    answer(event(bucket, "Update", PhysicalResourceId="id-1"), Context(), raising(fault))
    assert bucket.answered["Status"] == "FAILED"
    assert bucket.answered["PhysicalResourceId"] == "id-1"
    assert reason in bucket.answered["Reason"]


def test_what_never_came_into_being_is_removed_without_work(bucket: Bucket) -> None:
    answer(event(bucket), Context(), raising(Refused("Denied", "")))
    assert bucket.answered["PhysicalResourceId"] == NEVER_MADE
    bucket.bodies.clear()
    answer(event(bucket, "Delete", PhysicalResourceId=NEVER_MADE), Context(), raising(Refused("Denied", "")))
    assert bucket.answered["Status"] == "SUCCESS"


def test_attributes_that_cloudformation_would_not_take_are_a_failure(bucket: Bucket) -> None:
    answer(event(bucket), Context(), lambda request: Answer("id-1", {"Much": "x" * 5000}))
    assert bucket.answered["Status"] == "FAILED"
    assert "CloudFormation accepts" in bucket.answered["Reason"]


@given(st.text(max_size=6000))
def test_no_reason_makes_an_answer_too_long(reason: str) -> None:
    sent = custom_resource._short_enough({"Status": "FAILED", "StackId": "s" * 200, "Reason": reason})
    assert len(sent) <= LONGEST_ANSWER
    assert json.loads(sent)["Status"] == "FAILED"


def test_an_answer_that_is_not_taken_is_given_again(bucket: Bucket) -> None:
    bucket.refusals = 2
    answer(event(bucket), Context(), lambda request: Answer("id-1"), pauses_s=(0.0, 0.0))
    assert bucket.answered["Status"] == "SUCCESS"


def test_an_answer_that_cannot_be_given_fails_so_that_lambda_delivers_again(bucket: Bucket) -> None:
    bucket.refusals = 3
    with pytest.raises(OSError, match="503"):
        answer(event(bucket), Context(), lambda request: Answer("id-1"), pauses_s=(0.0, 0.0))


def test_work_that_outlasts_the_function_goes_on_in_another_invocation(bucket: Bucket) -> None:
    invoked: list[tuple[str, dict[str, Any]]] = []
    asked = event(bucket, "Delete", PhysicalResourceId="id-1")
    work = raising(NotYet("still there: application a"))
    answer(asked, Context(), work, invoke=lambda arn, payload: invoked.append((arn, json.loads(payload))))
    assert bucket.bodies == []
    assert invoked == [(Context.invoked_function_arn, {**asked, TURN: 2})]


def test_work_that_never_ends_is_a_failure_that_says_what_is_awaited(bucket: Bucket) -> None:
    invoked: list[str] = []
    asked = event(bucket, "Delete", PhysicalResourceId="id-1", **{TURN: INVOCATIONS})
    work = raising(NotYet("still there: application a"))
    answer(asked, Context(), work, invoke=lambda arn, payload: invoked.append(arn))
    assert invoked == []
    assert bucket.answered["Status"] == "FAILED"
    assert bucket.answered["Reason"] == "still there: application a"
