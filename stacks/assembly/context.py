"""Context of the CDK app, read as `cdk.App` reads it, where no App is needed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

CONTEXT = "CDK_CONTEXT_JSON"
OVERFLOW = "CONTEXT_OVERFLOW_LOCATION_ENV"
"""Names a file with what has no room in the environment."""


def read_context() -> dict[str, Any]:
    """What `cdk` hands over: cdk.json, ~/.cdk.json and `-c name=value`. Raises ValueError where it cannot be read."""
    context: dict[str, Any] = {}
    overflow = os.environ.get(OVERFLOW)
    for where, text in ((CONTEXT, os.environ.get(CONTEXT)), (OVERFLOW, overflow and Path(overflow).read_text())):
        try:
            found = json.loads(text or "{}")
        except ValueError as error:
            raise ValueError(f"{where} is not JSON: {error}") from None
        if not isinstance(found, dict):
            raise ValueError(f"{where} holds a {type(found).__name__}; accepted: names and values")
        context |= found
    return context
