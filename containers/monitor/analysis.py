"""Bias and attributions of a window in the form of Clarify's `analysis.json`."""

from __future__ import annotations

from typing import Any

from containers.monitor.judgement import Judgement
from containers.monitor.watched import Watched
from core.attribution.analysis import explanations
from core.fairness.analysis import bias_analysis


def analysis(watched: Watched, found: Judgement) -> dict[str, Any]:
    label = watched.model.signature.label
    facets = {facet.facet: facet.groups for facet in found.facets}
    bias = bias_analysis(label, found.positive, facets, {each.facet: each.disparities for each in found.report.rates})
    method = watched.model.predictor.method(watched.baseline.explaining.by)
    return bias | explanations(label, found.attributions, found.expected, method)
