"""The constraints that a window is held against: the baseline's, with what the team's file says in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.contracts.policy import WatchPolicy
from core.contracts.signature import owner


def held(policy: WatchPolicy, constraints: Mapping[str, Any]) -> WatchPolicy:
    """The policy with the thresholds of drift that `constraints.json` was edited to hold for single features.

    A threshold that the team's file names for a feature counts in their place. Of a text, the smallest one that any of
    its columns was given holds for all of them, as for the feature.
    """
    edited: dict[str, float] = {}
    for entry in constraints["features"]:
        comparison = entry.get("monitoringConfigOverrides", {}).get("distribution_constraints", {})
        if "comparison_threshold" in comparison:
            feature, threshold = owner(entry["name"]), comparison["comparison_threshold"]
            edited[feature] = min(threshold, edited.get(feature, threshold))
    return replace(policy, thresholds={**edited, **policy.thresholds})


def applied(constraints: dict[str, Any], policy: WatchPolicy) -> dict[str, Any]:
    """`constraints` is the content of the baseline's `constraints.json`; what is edited of a text or a vector is edited
    of all its columns. The thresholds of drift are those of the policy: see `held`."""
    config = constraints["monitoring_config"]
    method = {"comparison_method": "Robust" if policy.robust else "Simple"}

    def told(entry: dict[str, Any]) -> dict[str, Any]:
        feature = owner(entry["name"])
        if feature in policy.thresholds:
            own = entry.get("monitoringConfigOverrides", {})
            threshold = {**method, "comparison_threshold": policy.thresholds[feature]}
            told = {**config["distribution_constraints"], **own.get("distribution_constraints", {}), **threshold}
            entry = {**entry, "monitoringConfigOverrides": {**own, "distribution_constraints": told}}
        return policy.constraints[feature].applied(entry) if feature in policy.constraints else entry

    comparison = {**config["distribution_constraints"], **method, "comparison_threshold": policy.drift_threshold}
    whole = {**config, "distribution_constraints": comparison}
    return {**constraints, "features": [told(each) for each in constraints["features"]], "monitoring_config": whole}
