"""Attributions of many rows in the form of Clarify's `analysis.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def explanations(label: str, means: Mapping[str, float], expected: float | None, method: str) -> dict[str, Any]:
    """The section `explanations`: mean absolute attribution of each feature, and what attributions add to. They stand
    where Clarify writes its own, with the method that made them beside them. Nothing where no row was explained."""
    if not means:
        return {}
    told = {"global_shap_values": dict(means), "expected_value": expected}
    return {"explanations": {"kernel_shap": {label: told}, "method": method}}
