"""Step caching: a step that ran before with the same arguments, and succeeded, is not run again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from local.sagemaker.store import Record


def key(arguments: Mapping[str, Any]) -> str:
    """Equal for equal arguments."""
    return hashlib.sha256(json.dumps(arguments, sort_keys=True, default=str).encode()).hexdigest()


def find(executions: Iterable[Record], step: str, wanted: str, valid_for: timedelta, now: datetime) -> Record | None:
    """The newest execution in which the step succeeded with the key, if that is not too long ago."""
    hits = [
        execution
        for execution in executions
        if (record := execution["Steps"].get(step))
        and record["StepStatus"] == "Succeeded"
        and record.get("CacheKey") == wanted
        and now - record["EndTime"] <= valid_for
    ]
    return max(hits, key=lambda execution: execution["Steps"][step]["EndTime"], default=None)
