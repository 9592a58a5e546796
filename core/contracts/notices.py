"""Attributes of a notification, by which a subscription chooses what it wants to get."""

from __future__ import annotations

from typing import Any

URGENCY = "urgency"
ACTION, INFORMATION = "action", "information"
"""Values of `URGENCY`: a person has to act, or nobody has to."""


def urgent_only() -> dict[str, Any]:
    """SNS filter policy for what should wake somebody: calls to act, and alarms, which carry no attributes."""
    return {URGENCY: [ACTION, {"exists": False}]}
