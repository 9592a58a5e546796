"""Calls to AWS end in time, and their errors say whether to ask again."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.retries.standard import ExponentialBackoff

from core.contracts.functions import TIMEOUT_S
from lambdas.calls import (
    ATTEMPTS,
    BACKOFF_S,
    MARGIN_S,
    WORST_CALL_S,
    Calls,
    client,
    translated,
)
from lambdas.failures import Conflicting, NotThere, QuotaReached, Refused, Unavailable
from tests.lambdas.aws import PLENTY, account


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with account(monkeypatch) as clients:
        yield clients


def answer(code: str, message: str = "", status: int = 400) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (answer("ThrottlingException"), Unavailable),
        (answer("ProvisionedThroughputExceededException"), Unavailable),
        (answer("SlowDown", status=503), Unavailable),
        (answer("TooManyRequestsException", status=429), Unavailable),
        (answer("SomethingNew", status=500), Unavailable),
        (answer("AccessDeniedException"), Unavailable),
        (answer("ResourceLimitExceeded"), QuotaReached),
        (answer("ConflictException"), Conflicting),
        (answer("ResourceNotFound"), NotThere),
        (answer("NoSuchKey", status=404), NotThere),
        (answer("ValidationException", 'Could not find endpoint "x".'), NotThere),
        (answer("ValidationException", "1 validation error detected"), Refused),
        ({}, Refused),
    ],
)
def test_an_error_says_whether_to_ask_again(response: dict[str, Any], kind: type[Exception]) -> None:
    assert type(translated(response)) is kind


def test_a_call_begins_only_while_its_worst_case_fits() -> None:
    asked: list[str] = []

    def operation() -> dict[str, Any]:
        asked.append("asked")
        return {}

    enough = int((WORST_CALL_S + MARGIN_S) * 1000)
    Calls(lambda: enough).ask(operation)
    with pytest.raises(Unavailable, match="may take"):
        Calls(lambda: enough - 1).ask(operation)
    assert asked == ["asked"]


@pytest.mark.fault("F18")
def test_a_function_has_time_for_more_than_one_slow_call() -> None:
    assert 4 * WORST_CALL_S + MARGIN_S < TIMEOUT_S


def test_a_reply_that_never_came_is_asked_for_again() -> None:
    def operation() -> dict[str, Any]:
        raise ReadTimeoutError(endpoint_url="https://sagemaker")

    with pytest.raises(Unavailable):
        PLENTY.ask(operation)


def test_clients_are_bounded_by_the_settings(clients: Any) -> None:
    settings = client("sagemaker").meta.config
    assert settings.retries == {"mode": "standard", "total_max_attempts": ATTEMPTS}
    assert (settings.connect_timeout + settings.read_timeout) * ATTEMPTS + BACKOFF_S == WORST_CALL_S


@pytest.mark.fault("F13")
def test_a_throttled_call_is_tried_as_often_as_the_settings_say(clients: Any) -> None:
    attempts: list[str] = []
    dynamodb = client("dynamodb")

    class Raw:
        def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
            yield b'{"__type": "ThrottlingException", "message": "slow down"}'

    def throttle(**_: Any) -> AWSResponse:
        attempts.append("throttled")
        return AWSResponse("https://dynamodb", 400, {"x-amzn-errortype": "ThrottlingException"}, Raw())

    dynamodb.meta.events.register_first("before-send.dynamodb", throttle)
    with pytest.raises(Unavailable, match="Throttling"):
        PLENTY.ask(dynamodb.list_tables)
    assert len(attempts) == ATTEMPTS


@pytest.mark.fault("F13", "F18")
def test_the_back_off_is_no_longer_than_the_settings_say() -> None:
    """botocore's own formula, with the largest random number."""
    backoff = ExponentialBackoff(random=lambda: 1.0)
    waits = [backoff.delay_amount(Namespace(attempt_number=attempt)) for attempt in range(1, ATTEMPTS)]
    assert sum(waits) <= BACKOFF_S * (ATTEMPTS - 1)


def test_a_fault_of_the_code_is_not_hidden() -> None:
    def operation() -> dict[str, Any]:
        raise KeyError("a fault of ours")

    with pytest.raises(KeyError):
        PLENTY.ask(operation)


def test_the_first_error_stays_visible_behind_the_translated_one() -> None:
    def operation() -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "ConflictException", "Message": "busy"}}, "StartPipelineExecution")

    with pytest.raises(Conflicting) as caught:
        PLENTY.ask(operation)
    assert isinstance(caught.value.__cause__, ClientError)
