"""Calls to AWS: bounded in time, with errors that the steps understand.

A call begins only while the function has time left for its worst case, so no call can be cut off by the function's
timeout: attempts, connection and read timeouts and the back-off between attempts are bounded by `SETTINGS`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from lambdas.failures import Conflicting, NotThere, QuotaReached, Refused, Unavailable

CONNECT_S, READ_S, ATTEMPTS = 1.0, 4.0, 2
BACKOFF_S = 1.0
"""Upper bound of the wait before the second attempt in botocore's standard mode."""
WORST_CALL_S = ATTEMPTS * (CONNECT_S + READ_S) + (ATTEMPTS - 1) * BACKOFF_S
MARGIN_S = 1.0
"""Left for the answer to the queue."""

AGAIN = frozenset({"InternalFailure", "RequestTimeout", "ServiceUnavailable", "TransactionInProgressException"})
LATER = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "ThroughputExceeded", "SlowDown", "AccessDenied")
"""Parts of codes after which the same call may succeed later. A missing grant is one of them: nothing about the model
is wrong, and the message waits in the dead-letter queue until a person has repaired the role."""
QUOTA = frozenset({"ResourceLimitExceeded", "ServiceQuotaExceededException", "LimitExceededException"})
CONFLICT = frozenset(
    {
        "ConflictException",
        "DependencyViolation",
        "FileSystemInUse",
        "IncorrectFileSystemLifeCycleState",
        "ResourceInUse",
        "ResourceInUseException",
    }
)
MISSING = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
MISSING_ENDS = ("NotFound", "NotFoundException")
"""Of codes, as in EC2's InvalidGroup.NotFound."""
MISSING_WORDS = ("could not find", "does not exist", "not found")
"""SageMaker's ValidationException for a resource that does not exist says one of these."""


class Calls:
    """Makes calls for one invocation. `remaining_ms` is the context's `get_remaining_time_in_millis`."""

    def __init__(self, remaining_ms: Callable[[], int]) -> None:
        self._remaining_ms = remaining_ms

    def ask(self, operation: Callable[..., Any], **request: Any) -> dict[str, Any]:
        """The answer. Raises Unavailable where it is worth to ask again, else a kind of Refused."""
        from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

        self.check_time()
        try:
            answer: dict[str, Any] = operation(**request)
        except ClientError as error:
            raise translated(error.response) from error
        except (HTTPClientError, ConnectionError) as error:
            raise Unavailable(f"{operation.__name__}: {error}") from error
        return answer

    def check_time(self) -> None:
        """Raises Unavailable where a call could outlast the function."""
        left = self._remaining_ms() / 1000
        if left < WORST_CALL_S + MARGIN_S:
            raise Unavailable(f"{left:.1f} s are left, a call may take {WORST_CALL_S:.0f}")


def translated(response: dict[str, Any]) -> Unavailable | Refused:
    """An error answer as an exception."""
    error = response.get("Error", {})
    code, message = str(error.get("Code", "unknown")), str(error.get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in AGAIN or status >= 500 or status == 429 or any(part in code for part in LATER):
        return Unavailable(f"{code}: {message}")
    if code in QUOTA:
        return QuotaReached(code, message)
    if code in CONFLICT:
        return Conflicting(code, message)
    words = message.lower()
    missing = code in MISSING or code.endswith(MISSING_ENDS)
    if missing or (code == "ValidationException" and any(part in words for part in MISSING_WORDS)):
        return NotThere(code, message)
    reasons = tuple(str(reason.get("Code", "")) for reason in response.get("CancellationReasons", ()))
    return Refused(code, message, reasons)


@cache
def client(service: str) -> Any:
    """The service's client, made at its first use and kept while the function is warm."""
    import boto3
    from botocore.config import Config

    settings = Config(
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    )
    return boto3.client(service, config=settings)
