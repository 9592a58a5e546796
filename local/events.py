"""What services of the embedded AWS tell the world: events into EventBridge's default bus.

An extension as `local.extensions` describes it: EventBridge follows the simulated clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ministack.services import eventbridge

from local import clock

HOOKS = ("ministack.services.eventbridge:_put_events _now_ts",)


def install() -> None:
    """Let every event, whoever sends it, carry the simulated time."""
    eventbridge._now_ts = clock.epoch


def emit(source: str, detail_type: str, detail: Mapping[str, Any], resources: Iterable[str] = ()) -> None:
    """Send one event in the account and region of the request; times in `detail` become epoch milliseconds."""
    entry = {
        "Source": source,
        "DetailType": detail_type,
        "Detail": json.dumps(detail, default=_milliseconds),
        "Resources": list(resources),
    }
    # A PutEvents from outside may not use a source that begins with `aws.`, so this is the door for insiders.
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def _milliseconds(value: object) -> int:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} {value!r} has no place in an event")
    return int(value.timestamp() * 1000)
