"""The e-mails and text messages that SNS would have sent, to be read at /_homeostat/outbox.

Subscriptions of addresses and telephone numbers count as confirmed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from local import clock

HOOKS = ("ministack.services.sns:_fanout _topic_by_arn_any_scope _resolve_message_for_protocol _matches_filter_policy",)

CAPACITY = 10_000
PROTOCOLS = {"email": "email", "email-json": "email", "sms": "sms"}


@dataclass(frozen=True, slots=True)
class Message:
    """`kind` is email or sms, `to` the address or number, `time` simulated and ISO 8601."""

    kind: str
    to: str
    subject: str
    body: str
    topic: str
    time: str


_messages: deque[Message] = deque(maxlen=CAPACITY)


def install() -> None:
    from ministack.services import sns

    native = sns._fanout

    def fan_out(topic_arn: str, message_id: str, message: str, subject: str, *rest: Any, **more: Any) -> Any:
        structure = rest[0] if rest else more.get("message_structure", "")
        attributes = (rest[1] if len(rest) > 1 else more.get("message_attributes")) or {}
        topic = sns._topic_by_arn_any_scope(topic_arn)
        for subscription in topic["subscriptions"] if topic else []:
            kind = PROTOCOLS.get(subscription["protocol"])
            body = sns._resolve_message_for_protocol(message, structure, subscription["protocol"])
            if kind and sns._matches_filter_policy(subscription, attributes, body):
                _messages.append(Message(kind, subscription["endpoint"], subject or "", body, topic_arn, _now()))
        return native(topic_arn, message_id, message, subject, *rest, **more)

    sns._fanout = fan_out


def send(kind: str, to: str, subject: str, body: str, sender: str) -> None:
    """What another service than SNS writes by itself; its sender stands in the place of the topic."""
    _messages.append(Message(kind, to, subject, body, sender, _now()))


def _now() -> str:
    return clock.now().isoformat(timespec="milliseconds")


def _page(method: str, body: bytes) -> dict[str, Any]:
    return {"messages": [asdict(message) for message in _messages]}


ROUTES = {"outbox": _page}
