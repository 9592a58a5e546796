"""The other end of an invocation: kept-alive connections to the serving processes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import aiohttp

from local.sagemaker.endpoints.instance import Instance

UNTYPED = "application/octet-stream"
KEPT_ALIVE_S = 2.0
"""Less than servers keep idle connections, so that none is used that the server is just closing."""


class NoAnswer(Exception):
    """The model gave no answer; the message is the one that SageMaker gives the client."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", UNTYPED)

    @property
    def successful(self) -> bool:
        return 200 <= self.status < 300


class Containers:
    """HTTP client of all serving processes. It lives on the event loop that first uses it, and ends with it."""

    def __init__(self) -> None:
        self._sessions = _sessions()
        self._session: aiohttp.ClientSession | None = None

    async def post(self, instance: Instance, headers: Mapping[str, str], body: bytes, timeout_s: float) -> Answer:
        """POST /invocations to an instance that has taken the request; NoAnswer where the process takes too long or
        breaks the connection off."""
        url = f"http://127.0.0.1:{instance.port}/invocations"
        limit = aiohttp.ClientTimeout(total=timeout_s)
        try:
            if self._session is None:
                self._session = await anext(self._sessions)
            async with self._session.post(url, data=body, headers=headers, timeout=limit) as answer:
                return Answer(answer.status, answer.headers, await answer.read())
        except TimeoutError:
            raise NoAnswer(
                "Your invocation timed out while waiting for a response from container primary. Review the latency "
                "metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
            ) from None
        except aiohttp.ClientError as fault:
            raise NoAnswer(f"The connection to container primary was lost: {fault}") from None


async def _sessions() -> AsyncIterator[aiohttp.ClientSession]:
    """One session for ever. The event loop closes its asynchronous generators when it ends, and so the session."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_ALIVE_S)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        while True:
            yield session
