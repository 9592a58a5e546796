"""One run of a schedule: its input filled in, its target called as its role, its retries and its dead letter."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from local.credentials import role_client
from local.delivery import Failure, RetryPolicy, Undelivered, deliver, queue_url
from local.service import ApiError
from local.targets import account_of, call_for

PRINCIPAL = "scheduler.amazonaws.com"


def invoke(schedule: dict[str, Any], scheduled: datetime) -> None:
    """Run `schedule` for its due time; blocks until it is delivered or given up."""
    target, execution = schedule["Target"], uuid.uuid4().hex[:16]
    payload = target.get("Input") or _default_input(schedule, scheduled)

    def attempt(number: int) -> None:
        filled = fill(payload, schedule["Arn"], scheduled, execution, number)
        call = call_for(target["Arn"], filled, target)
        call.make(_client(call.service, target["RoleArn"], schedule["Name"]))

    failure = deliver(attempt, RetryPolicy.of(target))
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if failure is not None and queue:
        last = fill(payload, schedule["Arn"], scheduled, execution, failure.retries + 1)
        _bury(queue, last, schedule, failure, scheduled, execution)


def fill(payload: str, schedule_arn: str, scheduled: datetime, execution: str, attempt: int) -> str:
    """`payload` with Scheduler's context attributes replaced."""
    values = {
        "schedule-arn": schedule_arn,
        "scheduled-time": scheduled.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": execution,
        "attempt-number": str(attempt),
    }
    for name, value in values.items():
        payload = payload.replace(f"<aws.scheduler.{name}>", value)
    return payload


def _client(service: str, role: str, session: str) -> Any:
    try:
        return role_client(service, role, session, PRINCIPAL)
    except ApiError as error:
        raise Undelivered("AccessDeniedException", error.message, again=False) from None


def _bury(
    queue: str, payload: str, schedule: dict[str, Any], failure: Failure, scheduled: datetime, execution: str
) -> None:
    attributes = failure.attributes(
        SCHEDULE_ARN=schedule["Arn"],
        TARGET_ARN=schedule["Target"]["Arn"],
        SCHEDULED_TIME=scheduled.strftime("%Y-%m-%dT%H:%M:%SZ"),
        EXECUTION_ID=execution,
        IS_PAYLOAD_TRUNCATED="false",
    )
    sqs = _client("sqs", schedule["Target"]["RoleArn"], schedule["Name"])
    sqs.send_message(QueueUrl=queue_url(queue), MessageBody=payload, MessageAttributes=attributes)


def _default_input(schedule: dict[str, Any], scheduled: datetime) -> str:
    """What Scheduler sends where a templated target has no input of its own."""
    event = {
        "version": "0",
        "id": "<aws.scheduler.execution-id>",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account_of(schedule["Arn"]),
        "time": scheduled.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": schedule["Arn"].split(":")[3],
        "resources": [schedule["Arn"]],
        "detail": "{}",
    }
    return json.dumps(event)
