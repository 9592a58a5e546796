"""What AWS may answer to a job: each in one sentence that says what was asked of what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

ABSENT = frozenset({"NoSuchKey", "404", "NotFound", "ParameterNotFound"})


class AwsRefused(RuntimeError):
    """AWS did not do what was asked: denied, throttled for too long, unreachable, malformed."""


class Absent(AwsRefused, LookupError):
    """The object or parameter does not exist."""


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
        kind = Absent if code in ABSENT else AwsRefused
        raise kind(f"cannot {what}: {code} {text}".strip()) from fault
    except BotoCoreError as fault:
        raise AwsRefused(f"cannot {what}: {fault}") from fault
