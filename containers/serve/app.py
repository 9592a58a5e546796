"""The server's routes as a plain ASGI application: a framework would cost more than the model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from containers.model import TrainedModel
from containers.serve.answers import Answer, answer, refusal
from core.contracts.explaining import Method
from core.contracts.explanations import CUSTOM_ATTRIBUTES, DEFAULT_ROWS, HEADER, asked

LARGE = 32 * 1024
"""A body above this many bytes is scored in a thread, so that small requests do not wait for it; as is one that asks
for explanations."""
HEADER_BYTES, CUSTOM_BYTES = HEADER.encode(), CUSTOM_ATTRIBUTES.encode()
METHODS = {"/ping": "GET", "/invocations": "POST", "/execution-parameters": "GET"}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class App:
    """GET /ping, POST /invocations and, for batch transform, GET /execution-parameters."""

    def __init__(
        self,
        model: TrainedModel,
        max_payload_mb: int,
        threads: int,
        explained_rows: int = DEFAULT_ROWS,
        explained_by: Method = "permutation",
    ) -> None:
        self._model = model
        self._explained_rows, self._explained_by = explained_rows, explained_by
        self._longest = max_payload_mb * 1024 * 1024
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="large-body")
        self._parameters = json.dumps(
            {"MaxConcurrentTransforms": threads, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": max_payload_mb}
        ).encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]
        if METHODS.get(path) != scope["method"]:
            await _send(send, _unknown(path, scope["method"]))
        elif path == "/invocations":
            await self._invoke(scope, receive, send)
        else:
            body = b"" if path == "/ping" else self._parameters
            await _send(send, Answer(200, "application/json", body))

    async def _invoke(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        try:
            body = await self._body(headers, receive)
        except ConnectionError:
            return
        if body is None:
            await _send(send, refusal(413, f"the body has more than {self._longest} bytes"))
            return
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        accept = headers.get(b"accept", b"").decode("latin-1")
        expression = _asked(headers)
        if expression is None and len(body) <= LARGE:
            given = answer(self._model, body, content_type, accept)
        else:
            loop = asyncio.get_running_loop()
            given = await loop.run_in_executor(self._threads, self._answer, body, content_type, accept, expression)
        await _send(send, given)

    def _answer(self, body: bytes, content_type: str, accept: str, expression: str | None) -> Answer:
        if expression is None:
            return answer(self._model, body, content_type, accept)
        from containers.serve.explanations import explained  # who does not ask does not wait for it

        return explained(self._model, body, content_type, accept, expression, self._explained_rows, self._explained_by)

    async def _body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes | None:
        """None for a body that is too long. Raises ConnectionError when the client leaves."""
        if int(headers.get(b"content-length", b"0")) > self._longest:
            return None
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError("the client left before its body was complete")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._longest:
                return None
            more = message.get("more_body", False)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _asked(headers: dict[bytes, bytes]) -> str | None:
    if HEADER_BYTES not in headers and CUSTOM_BYTES not in headers:
        return None
    names = ((HEADER, HEADER_BYTES), (CUSTOM_ATTRIBUTES, CUSTOM_BYTES))
    return asked({name: headers[key].decode("latin-1") for name, key in names if key in headers})


def _unknown(path: str, method: str) -> Answer:
    if path in METHODS:
        return refusal(405, f"{path} takes {METHODS[path]}, not {method}")
    return refusal(404, f"there is no {path}; there are {', '.join(METHODS)}")


async def _send(send: Send, given: Answer) -> None:
    headers = [
        (b"content-type", given.content_type.encode()),
        (b"content-length", str(len(given.body)).encode()),
    ]
    await send({"type": "http.response.start", "status": given.status, "headers": headers})
    await send({"type": "http.response.body", "body": given.body})
