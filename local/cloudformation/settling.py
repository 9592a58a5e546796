"""Answers to stack operations that wait a moment for the stack.

The CDK CLI looks at a stack as soon as its operation is accepted and then every five seconds. A stack here is ready
within one, so the answer is held back for as long as that may take: what was ready at the first look is not waited for.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from ministack.services import cloudformation

HOLD_S = 4.0
LOOK_S = 0.02
OPERATION = re.compile(rb"\bAction=(CreateStack|UpdateStack|DeleteStack|ExecuteChangeSet)\b")

Handler = Callable[..., Awaitable[Any]]


def settling(native: Handler) -> Handler:
    """ministack's request handler, answering an operation once its stack has ended, or after a moment."""

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Any:
        answer = await native(method, path, headers, body, query)
        if OPERATION.search(body):
            stack = parse_qs(body.decode(errors="replace")).get("StackName", [""])[0]
            deadline = time.monotonic() + HOLD_S
            await asyncio.sleep(LOOK_S)  # the operation goes on in a task of its own
            while time.monotonic() < deadline and _is_going(stack):
                await asyncio.sleep(LOOK_S)
        return answer

    return handle_request


def _is_going(name: str) -> bool:
    """Whether a stack, given by its name or its id, is being created, changed or deleted."""
    named = [stack for stack in cloudformation._stacks.values() if name in (stack["StackName"], stack["StackId"])]
    return any(stack["StackStatus"].endswith("_IN_PROGRESS") for stack in named)
