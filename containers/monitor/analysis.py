"""Bias and attributions of a window in the form of Clarify's `analysis.json`."""

from __future__ import annotations

from typing import Any

from containers.monitor.judgement import Judgement
from containers.monitor.watched import Watched
from core.fairness.analysis import bias_analysis


def analysis(watched: Watched, found: Judgement) -> dict[str, Any]:
    """The attributions stand where Clarify writes its own, with the method that made them beside them."""
    label = watched.model.signature.label
    facets = {facet.facet: facet.groups for facet in found.facets}
    told = bias_analysis(label, found.positive, facets, {each.facet: each.disparities for each in found.report.rates})
    if found.attributions:
        told["explanations"] = {
            "kernel_shap": {label: {"global_shap_values": found.attributions, "expected_value": found.expected}},
            "method": watched.model.predictor.method(watched.baseline.explaining.by),
        }
    return told
