"""A batch of a queue: only what failed comes again."""

from __future__ import annotations

from typing import Any

import pytest

from core.contracts.events import NotThisEvent
from lambdas.failures import Unavailable
from lambdas.messages import work_off
from tests.lambdas.world import recorded


def batch(*bodies: str) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]}


def work(body: str) -> str:
    if body == "busy":
        raise Unavailable("the endpoint is Updating")
    if body == "fault":
        raise ZeroDivisionError
    return body


def test_only_messages_that_failed_are_delivered_again() -> None:
    answer = work_off(batch("a", "busy", "b"), work)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}


def test_a_recorded_envelope_is_read() -> None:
    seen: list[str] = []

    def keep(body: str) -> str:
        seen.append(body)
        return "kept"

    assert work_off(recorded("queue_batch"), keep) == {"batchItemFailures": []}
    assert '"CloudWatch Alarm State Change"' in seen[0]


def test_a_fault_of_the_code_is_not_caught() -> None:
    with pytest.raises(ZeroDivisionError):
        work_off(batch("fault"), work)


@pytest.mark.parametrize("event", [None, [], {}, {"Records": "x"}, {"detail-type": "CloudWatch Alarm State Change"}])
def test_an_invocation_that_is_not_from_the_queue_is_refused(event: object) -> None:
    with pytest.raises(NotThisEvent):
        work_off(event, work)
