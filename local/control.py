"""The pages under /_homeostat/ and the Date of every answer, in front of ministack."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any

from local import clock
from local.service import ApiError

Route = Callable[[str, bytes], dict[str, Any]]
"""(HTTP method, body) -> the JSON document to answer; raises ApiError."""

PREFIX = "/_homeostat/"


def front(routes: Mapping[str, Route], ready: Callable[[], None]) -> Any:
    """The ASGI application: control pages here, everything else to ministack, with the simulated Date.

    `ready` is called once, when ministack has started and requests are about to be answered.
    """
    from ministack.app import app

    pages = {"clock": _clock, **routes}

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def dated(message: dict[str, Any]) -> None:
            if message["type"] == "lifespan.startup.complete":
                ready()
            if message["type"] == "http.response.start":
                headers = [pair for pair in message.get("headers", []) if pair[0].lower() != b"date"]
                date = formatdate(clock.epoch(), usegmt=True).encode()
                message = {**message, "headers": [*headers, (b"date", date)]}
            await send(message)

        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await _page(pages, scope, receive, dated)
        else:
            await app(scope, receive, dated)

    return application


def _clock(method: str, body: bytes) -> dict[str, Any]:
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
