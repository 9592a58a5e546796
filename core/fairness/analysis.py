"""Bias in the form of Clarify's `analysis.json`, and its violations in that of `constraint_violations.json`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.fairness.assessment import GroupBias, Measured
from core.fairness.fairlearn import Told

VERSION = "1.0"
SECTIONS = ("pre_training_bias_metrics", "post_training_bias_metrics")
FAIRLEARN = "fairlearn"
"""Section that Clarify has not: by facet, `disparities` by Fairlearn's name and method."""


def bias_analysis(
    label: str, label_value: str, facets: Mapping[str, Sequence[GroupBias]], told: Mapping[str, Told] | None = None
) -> dict[str, Any]:
    """`facets` holds the groups of each facet, `told` its disparities; infinite values are written as "Infinity", as
    Clarify does."""

    def section(stage: str) -> dict[str, Any]:
        return {
            "label": label,
            "label_value_or_threshold": label_value,
            "facets": {
                facet: [
                    {"value_or_threshold": group.group, "metrics": [_metric(one) for one in getattr(group, stage)]}
                    for group in groups
                ]
                for facet, groups in facets.items()
            },
        }

    return {
        "version": VERSION,
        **{name: section(name.removesuffix("_bias_metrics")) for name in SECTIONS},
        **({FAIRLEARN: {facet: {"disparities": found} for facet, found in told.items()}} if told else {}),
    }


def baseline_values(analysis: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, float]]:
    """Values of an `analysis.json` by facet and group, then by metric; metrics without a value are left out."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for stage in SECTIONS:
        for facet, groups in analysis.get(stage, {}).get("facets", {}).items():
            for group in groups:
                values = {one["name"]: one.get("value") for one in group["metrics"]}
                known = {name: float(value) for name, value in values.items() if value is not None}
                found.setdefault((facet, str(group["value_or_threshold"])), {}).update(known)
    return found


def baseline_disparities(analysis: Mapping[str, Any]) -> dict[str, Told]:
    """Disparities of an `analysis.json` by facet; none in files of before they were told."""
    return {facet: told["disparities"] for facet, told in analysis.get(FAIRLEARN, {}).items()}


def _metric(measured: Measured) -> dict[str, Any]:
    described: dict[str, Any] = {"name": measured.name, "description": measured.description}
    described["value"] = _number(measured.value)
    if measured.low is not None:
        described["confidence_interval"] = [_number(measured.low), _number(measured.high)]
    if measured.error:
        described["error"] = measured.error
    return described


def _number(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return "Infinity" if value > 0 else "-Infinity"
