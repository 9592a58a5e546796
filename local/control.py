"""The pages under /_homeostat/ and the Date of the answers, in front of ministack."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any

from local import clock
from local.service import ApiError

Route = Callable[[str, bytes], dict[str, Any]]
"""(HTTP method, body) -> the JSON document to answer; raises ApiError."""

PREFIX = "/_homeostat/"

SIMULATED = frozenset((b"dynamodb", b"sagemaker", b"monitoring", b"events", b"scheduler", b"application-autoscaling"))
"""Services, by their signing names, whose answers are dated in simulated time. The others keep the machine's: the SDK
under the CDK CLI takes an error from a server whose clock is minutes away for a fault of its own clock, and tries again
for half a minute."""
SIGNED_FOR = re.compile(rb"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")


def front(routes: Mapping[str, Route], ready: Callable[[], None]) -> Any:
    """The ASGI application: control pages here, everything else to ministack, dated in simulated time
    where the service lives in it.

    `ready` is called once, when ministack has started and requests are about to be answered.
    """
    from ministack.app import app

    pages = {"clock": _clock, **routes}

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        simulated = _service(scope) in SIMULATED

        async def dated(message: dict[str, Any]) -> None:
            if message["type"] == "lifespan.startup.complete":
                ready()
            if message["type"] == "http.response.start" and simulated:
                headers = [pair for pair in message.get("headers", []) if pair[0].lower() != b"date"]
                date = formatdate(clock.epoch(), usegmt=True).encode()
                message = {**message, "headers": [*headers, (b"date", date)]}
            await send(message)

        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await _page(pages, scope, receive, dated)
        else:
            await app(scope, receive, dated)

    return application


def _service(scope: dict[str, Any]) -> bytes:
    """Signing name of the service that a request is for; empty where it is not signed."""
    for name, value in scope.get("headers", ()):
        if name == b"authorization" and (found := SIGNED_FOR.search(value)):
            return found[1]
    return b""


def _clock(method: str, body: bytes) -> dict[str, Any]:
    """POST {"hour_seconds": 6} sets how long an hour lasts from now on."""
    if method == "POST":
        asked = json.loads(body).get("hour_seconds")
        if not isinstance(asked, int | float) or isinstance(asked, bool) or not 0 < asked <= 3600:
            raise ApiError("ValidationException", f"hour_seconds is {asked!r}; accepted: more than 0, at most 3600")
        clock.pace(asked)
    return {"now": clock.now().isoformat(), "epoch": clock.epoch(), "speed": clock.speed()}


async def _page(pages: Mapping[str, Route], scope: dict[str, Any], receive: Any, send: Any) -> None:
    from ministack.core.concurrency import run_reentrant

    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    name = scope["path"].removeprefix(PREFIX)
    try:
        if name not in pages:
            raise ApiError("NotFound", f"{PREFIX}{name} is none of {', '.join(sorted(pages))}", 404)
        status, document = 200, json.dumps(await run_reentrant(pages[name], scope["method"], body)).encode()
    except ApiError as error:
        status, _, document = error.response()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(document)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": document})
