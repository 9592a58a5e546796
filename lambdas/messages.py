"""Messages of a queue: each is worked on by itself, and only those that failed are delivered again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from core.contracts.events import NotThisEvent
from lambdas.failures import Refused, Stale, Unavailable
from lambdas.log import say

BODY_MAX = 64 * 1024
"""Bytes. The events of `core.contracts.events` are a few kilobytes."""


def work_off(batch: object, work: Callable[[str], str]) -> dict[str, list[dict[str, str]]]:
    """Call `work` with the body of every message; the answer names the messages that failed (ReportBatchItemFailures).

    Raises NotThisEvent for an invocation that does not come from the queue. A fault of the code is not caught: the
    whole batch comes again, and the dead-letter queue keeps it.
    """
    if not isinstance(batch, dict) or not isinstance(batch.get("Records"), list):
        raise NotThisEvent("the invocation is not a batch of a queue: it has no list 'Records'")
    failed = []
    for record in batch["Records"]:
        message = str(record["messageId"])
        try:
            outcome = work(str(record["body"]))
            say("worked off", message=message, outcome=outcome)
        except (Unavailable, Refused, Stale) as reason:
            say("failed", message=message, kind=type(reason).__name__, why=str(reason))
            failed.append({"itemIdentifier": message})
    return {"batchItemFailures": failed}


def decoded(body: str) -> Any:
    """The JSON value of a body. Raises NotThisEvent for one that is too large, too deep or not JSON."""
    size = len(body.encode("utf-8", "surrogatepass"))
    if size > BODY_MAX:
        raise NotThisEvent(f"the body has {size} bytes; accepted are {BODY_MAX}")
    try:
        return json.loads(body)
    except RecursionError:
        raise NotThisEvent("the body is nested too deeply") from None
    except ValueError as error:
        raise NotThisEvent(f"the body is not JSON: {error}") from None


def digest(body: str) -> str:
    """Names a rejected body; the same body has the same name."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
