"""The constraints that a window is held against: the baseline's, with what the team's file says in their place."""

from __future__ import annotations

from typing import Any

from core.contracts.policy import WatchPolicy
from core.contracts.signature import owner


def applied(constraints: dict[str, Any], policy: WatchPolicy) -> dict[str, Any]:
    """`constraints` is the content of the baseline's `constraints.json`; what is edited of a text or a vector is edited
    of all its columns."""
    config = constraints["monitoring_config"]
    method = {"comparison_method": "Robust" if policy.robust else "Simple"}

    def comparison(threshold: float) -> dict[str, Any]:
        return {**config["distribution_constraints"], **method, "comparison_threshold": threshold}

    def told(entry: dict[str, Any]) -> dict[str, Any]:
        feature = owner(entry["name"])
        if feature in policy.thresholds:
            distance = {"distribution_constraints": comparison(policy.thresholds[feature])}
            entry = {**entry, "monitoringConfigOverrides": {**distance, **entry.get("monitoringConfigOverrides", {})}}
        return policy.constraints[feature].applied(entry) if feature in policy.constraints else entry

    whole = {**config, "distribution_constraints": comparison(policy.drift_threshold)}
    return {**constraints, "features": [told(each) for each in constraints["features"]], "monitoring_config": whole}
