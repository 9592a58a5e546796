"""What Studio's pages do not offer: what the team has not, may not, or what AWS has closed."""

from __future__ import annotations

from typing import Any

from core.config.team import Team
from core.contracts.studio_instances import STUDIO_INSTANCES

CLOSED = ("ModelEvaluation", "InferenceRecommender")
"""Clarify is closed to new customers; recommendations deploy endpoints beside the release path."""
ELSEWHERE = ("DataWrangler", "AutoMl")
"""Both are parts of Canvas today."""
WITHOUT_GRANTS = (
    "EmrClusters",
    "HyperPodClusters",
    "JumpStart",
    "InferenceOptimization",
    "PerformanceEvaluation",
    "Comet",
    "DeepchecksLLMEvaluation",
    "Fiddler",
    "LakeraGuard",
)
"""No member's role allows them: clusters, model hubs and partners' applications."""
CLASSIC = ("JupyterServer", "TensorBoard", "DetailedProfiler")
"""Applications of Studio Classic and of services that AWS has closed."""


def web_portal_settings(team: Team) -> dict[str, Any]:
    """`StudioWebPortalSettings` of the team's domain. Hiding is a courtesy: roles and their boundary deny."""
    return {
        "HiddenAppTypes": sorted(_hidden_apps(team)),
        "HiddenMlTools": sorted(_hidden_tools(team)),
        "HiddenInstanceTypes": sorted(set(STUDIO_INSTANCES) - set(team.instances.studio)),
    }


def _hidden_apps(team: Team) -> set[str]:
    hidden = set(CLASSIC)
    if team.studio.canvas is None:
        hidden.add("Canvas")
    if team.studio.rstudio is None:
        hidden.add("RStudioServerPro")
    return hidden


def _hidden_tools(team: Team) -> set[str]:
    hidden = {*CLOSED, *WITHOUT_GRANTS}
    if team.studio.canvas is None:
        hidden.update(ELSEWHERE)
    if not team.feature_groups:
        hidden.add("FeatureStore")
    if not team.mlflow:
        hidden.add("Experiments")
    if not team.projects:
        hidden.add("Projects")
    return hidden
