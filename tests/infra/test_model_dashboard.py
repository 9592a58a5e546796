"""What a model's dashboard draws of its answers: how far they moved, and where that is too far."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.contracts.metrics import feature_drift
from tests.infra.artifacts import MODEL, PREFIX, deployed, tenant
from tests.infra.dashboards import faults_of, written_out
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


def of_features(count: int, kind: str = "numeric") -> list[dict[str, Any]]:
    """The graphs of the features' drift of a model that has so many."""
    features = {f"f{number}": kind for number in range(count)}
    team = deployed(tenant(models=[{**MODEL, "features": features}]))
    body = json.loads(team.one("AWS::CloudWatch::Dashboard", DashboardName=f"{PREFIX}-churn")["DashboardBody"])
    assert faults_of(body) == []
    graphs = [each["properties"] for each in body["widgets"] if each["type"] == "metric"]
    return [each for each in graphs if each["title"].startswith("Drift of each feature")]


def test_every_feature_of_a_wide_model_is_drawn() -> None:
    graphs = of_features(250)
    drawn = [line for graph in graphs for line in written_out(graph["metrics"])]
    endpoint = ["Endpoint", f"{PREFIX}-churn", "MonitoringSchedule", f"{PREFIX}-churn-monitor"]
    metrics = [feature_drift(f"f{number}") for number in range(250)]
    assert drawn == [[metric.namespace, metric.name, *endpoint] for metric in metrics]
    assert [len(graph["metrics"]) for graph in graphs] == [100, 100, 50]
    assert {graph["annotations"]["horizontal"][0]["label"] for graph in graphs} == {"threshold"}


def test_a_dashboard_says_so_where_it_cannot_take_them_all() -> None:
    graphs = of_features(500, "text")
    assert sum(len(graph["metrics"]) for graph in graphs) == 2000
    assert {graph["title"].partition(" (part ")[0] for graph in graphs} == {
        "Drift of each feature, 2,000 of 2,500: the monitor's report holds all"
    }
