"""The protocol of CloudFormation's custom resources: a request comes as an event, its answer goes to a signed URL.

CloudFormation waits until it has an answer, an hour by default, so whatever happens here is answered. It hands over
every plain value of the properties as text ("3", "true").
Source: CloudFormation user guide, "Custom resource request and response reference".
"""

from __future__ import annotations

import json
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lambdas.calls import client
from lambdas.failures import Refused, Unavailable
from lambdas.log import say

NEVER_MADE = "never-made"
"""Physical id of a resource whose creation failed: its removal, which CloudFormation orders next, has nothing to do."""
LONGEST_ANSWER = 4096
"""Bytes that CloudFormation takes."""
PAUSES_S = (1.0, 2.0)
"""Before the second and third attempt to answer."""
ANSWER_S = 5.0
INVOCATIONS = 4
"""Of one function for one request, where its work outlasts its time. With 13 minutes each this stays within the hour
that CloudFormation waits."""
TURN = "Invocation"
"""Key that the event carries from the second invocation on; CloudFormation sets none of this name."""
BY_CLOUDFORMATION = ("ServiceToken", "ServiceTimeout")
"""Properties that say how to reach the function; the rest are the resource's own."""

Kind = Literal["Create", "Update", "Delete"]


@dataclass(frozen=True, slots=True)
class Request:
    """`type` is the resource's type in the template, `id` is the same when a request is delivered again."""

    kind: Kind
    type: str
    physical_id: str | None
    properties: Mapping[str, Any]
    old_properties: Mapping[str, Any]
    id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` are the attributes for Fn::GetAtt.

    Another `physical_id` than before means another resource: CloudFormation then orders the removal of the old one.
    """

    physical_id: str
    data: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


class NotYet(Exception):
    """The work is under way, but the function's time is up: it goes on in a further invocation. The message says what
    is still awaited."""


Work = Callable[[Request], Answer]


def answer(
    event: Mapping[str, Any],
    context: Any,
    work: Work,
    *,
    invoke: Callable[[str, bytes], None] | None = None,
    pauses_s: Sequence[float] = PAUSES_S,
) -> None:
    """Do the work that the event asks for and tell CloudFormation.

    Whatever `work` raises becomes FAILED with its message; NotYet does so after `INVOCATIONS` invocations. A resource
    that never came into being is removed without `work`. Raises OSError where the answer cannot be delivered: Lambda
    then delivers the event again, so `work` must stand being done twice. `invoke` hands an event to a function by its
    ARN and does not wait; without it, Lambda is called.
    """
    request = read(event)
    say("asked", kind=request.kind, type=request.type, resource=event["LogicalResourceId"], of=event["StackId"])
    if request.kind == "Delete" and request.physical_id == NEVER_MADE:
        _reply(event, _success(Answer(NEVER_MADE)), pauses_s)
        return
    try:
        reply = _success(work(request))
    except NotYet as wait:
        if int(event.get(TURN, 1)) < INVOCATIONS:
            following = {**event, TURN: int(event.get(TURN, 1)) + 1}
            (invoke or _invoke)(context.invoked_function_arn, json.dumps(following).encode())
            say("goes on", awaited=str(wait))
            return
        reply = _failure(request, str(wait))
    except (Refused, Unavailable, LookupError, ValueError) as fault:
        reply = _failure(request, str(fault))
    except Exception as fault:  # noqa: BLE001 - without an answer CloudFormation waits for an hour and says nothing
        traceback.print_exc()
        reply = _failure(request, f"{type(fault).__name__}: {fault}; the log of {context.function_name} has more")
    _reply(event, reply, pauses_s)


def read(event: Mapping[str, Any]) -> Request:
    return Request(
        kind=event["RequestType"],
        type=event["ResourceType"],
        physical_id=event.get("PhysicalResourceId"),
        properties=_own(event.get("ResourceProperties", {})),
        old_properties=_own(event.get("OldResourceProperties", {})),
        id=event["RequestId"],
    )


def _own(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in BY_CLOUDFORMATION}


def _success(done: Answer) -> dict[str, Any]:
    """Raises ValueError for attributes that would make the answer too long."""
    reply = {"Status": "SUCCESS", "PhysicalResourceId": done.physical_id, "Data": dict(done.data)}
    size = len(json.dumps(reply))
    if size > LONGEST_ANSWER - 1024:
        raise ValueError(f"the attributes take {size} bytes; CloudFormation accepts an answer of {LONGEST_ANSWER}")
    return {**reply, "Reason": done.reason} if done.reason else reply


def _failure(request: Request, reason: str) -> dict[str, Any]:
    physical_id = request.physical_id or NEVER_MADE
    return {"Status": "FAILED", "PhysicalResourceId": physical_id, "Reason": reason or "no reason was given"}


def _invoke(function: str, event: bytes) -> None:
    client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=event)


def _reply(event: Mapping[str, Any], reply: Mapping[str, Any], pauses_s: Sequence[float]) -> None:
    echoed = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    say("answers", **{name: value for name, value in reply.items() if name != "Data"})
    body = _short_enough({**echoed, **reply})
    for pause in (*pauses_s, None):
        try:
            _put(event["ResponseURL"], body)
        except (urllib.error.URLError, TimeoutError):
            if pause is None:
                raise
            time.sleep(pause)
        else:
            return


def _short_enough(reply: dict[str, Any]) -> bytes:
    """The reason is cut where the whole would be too long."""
    over = len(json.dumps(reply)) - LONGEST_ANSWER
    if over > 0 and "Reason" in reply:
        reply = {**reply, "Reason": reply["Reason"].encode("ascii", "replace").decode()}
        over = len(json.dumps(reply)) - LONGEST_ANSWER
        reply["Reason"] = reply["Reason"][: max(0, len(reply["Reason"]) - 2 * max(0, over) - 3)] + "..."
    return json.dumps(reply).encode()


def _put(url: str, body: bytes) -> None:
    """The URL is signed for an empty content type."""
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})
    with urllib.request.urlopen(request, timeout=ANSWER_S):
        pass
