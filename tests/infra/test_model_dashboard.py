"""What a model's dashboard draws of its answers: how far they moved, and where that is too far."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.artifacts import MODEL, PREFIX, deployed, tenant
from tests.wiring.deployed import Deployed

pytestmark = pytest.mark.slow  # the CDK runs a process of its own

SEVERAL = {
    **MODEL,
    "name": "several",
    "problem": "multiclass",
    "classes": 3,
    "monitoring": {"prediction_threshold": 0.35},
}


@pytest.fixture(scope="module")
def team() -> Deployed:
    return deployed(tenant(models=[MODEL, SEVERAL]))


def drawn(team: Deployed, model: str) -> dict[str, Any]:
    """The graph of the answers' drift."""
    board = json.loads(team.one("AWS::CloudWatch::Dashboard", DashboardName=f"{PREFIX}-{model}")["DashboardBody"])
    (graph,) = (
        each["properties"] for each in board["widgets"] if each["properties"].get("title") == "Drift of the answers"
    )
    return dict(graph)


@pytest.mark.parametrize(
    ("model", "threshold", "metrics"),
    [("churn", 0.2, ["prediction_drift"]), ("several", 0.35, ["prediction_drift", "confidence_drift"])],
)
def test_drift_of_the_answers_is_drawn_with_its_threshold(
    team: Deployed, model: str, threshold: float, metrics: list[str]
) -> None:
    graph = drawn(team, model)
    assert [(line[0], line[1]) for line in graph["metrics"]] == [("Homeostat", name) for name in metrics]
    assert f"{PREFIX}-{model}" in graph["metrics"][0]
    assert [(mark["label"], mark["value"]) for mark in graph["annotations"]["horizontal"]] == [("threshold", threshold)]
