"""One JSON line a fact, for CloudWatch Logs Insights."""

from __future__ import annotations

import json
from typing import Any


def say(event: str, **facts: Any) -> None:
    """For example `say("decided", model="churn", outcome="STARTED")`."""
    print(json.dumps({"event": event, **facts}, default=str), flush=True)
