"""SQS waits in two kinds of time.

A message is invisible for real seconds while its function runs, since
programs run in real time. What a function gave back unprocessed waits in
simulated time: where an hour lasts seconds, a retry after five minutes must
not take five minutes.

A queue may be deleted while a function works on its messages; then there is
nothing left to delete or to give back.
"""

from __future__ import annotations

import time
from typing import Any

from local import clock

HOOKS = ("ministack.services.lambda_svc:_run_sqs_batch", "ministack.services.sqs:_queues _Err")

NO_QUEUE = "QueueDoesNotExist"
SHORTEST_S = 0.2
"""Real seconds that a message given back waits at least, so that a failing function does not spin."""


def install() -> None:
    from ministack.services import lambda_svc, sqs

    native = lambda_svc._run_sqs_batch

    def run(esm: Any, function: Any, event: Any, batch: list[dict[str, Any]], url: str, name: str) -> None:
        try:
            native(esm, function, event, batch, url, name)
        except sqs._Err as fault:
            if fault.code != NO_QUEUE:
                raise
        queue = sqs._queues.get(url)
        if queue is not None:
            give_back(batch, float(queue["attributes"]["VisibilityTimeout"]), time.time())

    lambda_svc._run_sqs_batch = run


def give_back(batch: list[dict[str, Any]], visibility_s: float, now: float) -> None:
    """Shorten the invisibility of a batch to the simulated timeout from `now` on; deleted messages do not care."""
    visible = now + max(SHORTEST_S, clock.real_seconds(visibility_s))
    for message in batch:
        message["visible_at"] = min(message["visible_at"], visible)
