"""What CloudFormation said when it refused the hourly deployment, which EventBridge Scheduler leaves in a queue, or
when it took one back, of which an event tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.contracts import dead_letters
from core.contracts.events import DeploymentRolledBack
from core.contracts.ledger import Key
from core.governance.notices import deployment_refused, deployment_rolled_back
from core.governance.refusals import Refusal, news
from core.names import TeamNames
from core.remediation.notice import Notice
from lambdas.calls import Calls
from lambdas.log import say
from lambdas.settle.ports import Ports
from lambdas.steps import settled_by_retry

RECEIVES, AT_ONCE = 5, 10
"""Of one look: a day's refusals and more."""


def hear_refusals(ports: Ports) -> None:
    """Tell people of what is new, write that down, then forget the messages: at least once, with one dedup id.

    Raises Unavailable, Refused."""
    if ports.refusals is None or not (found := ports.refusals.waiting()):
        return
    settled_by_retry(lambda: _tell(found, deployment_refused, ports))
    ports.refusals.forget(found)


def hear_of_rollback(event: DeploymentRolledBack, ports: Ports) -> str:
    """Tell people of what is news, as of a refusal: the next hour's deployment ends in the same way.

    Raises Unavailable, Refused."""
    refusal = Refusal(event.status, event.reason, event.at)
    settled_by_retry(lambda: _tell((refusal,), deployment_rolled_back, ports))
    return "ROLLED_BACK"


def _tell(found: tuple[Refusal, ...], notice: Callable[[TeamNames, Refusal], Notice], ports: Ports) -> None:
    row = ports.ledger.read(Key.team()).team
    told, new = news(row.refusals_told, found)
    for refusal in new:
        ports.topic.publish(notice(ports.team, refusal))
        say("deployment refused", code=refusal.code, why=refusal.message)
    if told != row.refusals_told:
        ports.ledger.commit(replace(row, refusals_told=told))


class SqsRefusals:
    """`lambdas.settle.ports.Refusals`."""

    def __init__(self, calls: Calls, client: Any, queue: str) -> None:
        self._calls, self._client, self._queue = calls, client, queue

    def waiting(self) -> tuple[Refusal, ...]:
        url, found = self._url(), []
        for _ in range(RECEIVES):
            answer = self._calls.ask(
                self._client.receive_message,
                QueueUrl=url,
                MaxNumberOfMessages=AT_ONCE,
                AttributeNames=["SentTimestamp"],
                MessageAttributeNames=[dead_letters.CODE, dead_letters.MESSAGE],
            )
            if not (messages := answer.get("Messages", [])):
                break
            found += [_read(message) for message in messages]
        return tuple(found)

    def forget(self, refusals: tuple[Refusal, ...]) -> None:
        url = self._url()
        for refusal in refusals:
            self._calls.ask(self._client.delete_message, QueueUrl=url, ReceiptHandle=refusal.receipt)

    def _url(self) -> str:
        return str(self._calls.ask(self._client.get_queue_url, QueueName=self._queue)["QueueUrl"])


def _read(message: dict[str, Any]) -> Refusal:
    told = message.get("MessageAttributes", {})
    code, text = (str(told.get(name, {}).get("StringValue", "")) for name in (dead_letters.CODE, dead_letters.MESSAGE))
    at = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    return Refusal(code or "Unknown", text, at, message["ReceiptHandle"])
