"""What AWS may answer to a job: each in one sentence that says what was asked of what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

ABSENT = frozenset({"NoSuchKey", "404", "NotFound", "ParameterNotFound"})
CHANGED = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})


class AwsRefused(RuntimeError):
    """AWS did not do what was asked: denied, throttled for too long, unreachable, malformed."""


class Absent(AwsRefused, LookupError):
    """The object or parameter does not exist."""


class Changed(AwsRefused):
    """The object is not what the request said it must still be."""


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn botocore's faults into the ones above.

    `what` completes "cannot ...": `read s3://bucket/key`.
    """
    try:
        yield
    except ClientError as fault:
        error = fault.response.get("Error", {})
        code, text = error.get("Code", "unknown"), error.get("Message", "")
        kind = Absent if code in ABSENT else Changed if code in CHANGED else AwsRefused
        raise kind(f"cannot {what}: {code} {text}".strip()) from fault
    except BotoCoreError as fault:
        raise AwsRefused(f"cannot {what}: {fault}") from fault
