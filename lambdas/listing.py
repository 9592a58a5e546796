"""Every page of an AWS list, up to a bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lambdas.calls import Calls
from lambdas.failures import Unavailable

PAGES_MAX = 100


def listed(
    calls: Calls, operation: Callable[..., Any], member: str, token: str = "NextToken", **request: Any
) -> Iterator[Any]:
    """What `member` of the answers holds. `token` is the member that leads on, as `Next<x>` in answers of EFS: there
    it is asked for without its first word. Raises Unavailable beyond the bound."""
    for _ in range(PAGES_MAX):
        answer = calls.ask(operation, **request)
        yield from answer.get(member, ())
        if not answer.get(token):
            return
        request[token if token == "NextToken" else token.removeprefix("Next")] = answer[token]
    raise Unavailable(f"{operation.__name__} has more than {PAGES_MAX} pages")
