"""The team's dashboard shows every model and every alarm, however many there are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from core.names import TeamNames
from infra.widgets import MOST_LINES
from tests.infra.artifacts import MODEL, PREFIX, deployed, tenant
from tests.infra.dashboards import faults_of
from tests.wiring.deployed import Deployed

pytestmark = pytest.mark.slow  # the CDK runs a process of its own

ALARM, BOARD = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"
FULL = {"monitoring": {"warn_at": 0.8, "estimate_alarm": True}, "batch": {"every_hours": 24}}
NAMES = TeamNames("risk", "dev")
MODELS = [f"m{number}" for number in range(28)]
"""Four figures of each are more than one graph shows."""
OF_MODELS = (
    "Requests",
    "Failed requests",
    "Latency (90 of 100)",
    "Instances, while there are requests",
    "The monitors' newest window: drift and loss of quality (1 is the limit), rows",
    "Training runs",
)


@pytest.fixture(scope="module")
def team() -> Deployed:
    models = [{**MODEL, "name": name, **(FULL if name == MODELS[-1] else {})} for name in MODELS]
    return deployed(tenant(models=models))


@pytest.fixture(scope="module")
def body(team: Deployed) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(team.one(BOARD, DashboardName=PREFIX)["DashboardBody"])
    return told


def graphs(body: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """By title, without the number that tells one of several from the next."""
    found = defaultdict(list)
    for widget in body["widgets"]:
        if widget["type"] == "metric":
            found[widget["properties"]["title"].partition(" (part ")[0]].append(widget["properties"])
    return found


def lines(graphs: Iterable[dict[str, Any]]) -> Iterator[list[Any]]:
    for graph in graphs:
        yield from graph["metrics"]


@pytest.mark.parametrize("title", OF_MODELS)
def test_every_model_is_drawn(body: dict[str, Any], title: str) -> None:
    values = {part for line in lines(graphs(body)[title]) for part in line if isinstance(part, str)}
    own = [NAMES.model(model) for model in MODELS]
    assert [names.model for names in own if not {names.endpoint, names.pipeline} & values] == []


def test_the_newest_window_of_each_model_stands_in_one_graph(body: dict[str, Any]) -> None:
    parts = graphs(body)[OF_MODELS[4]]
    shown = [sorted({line[-1]["label"].partition(":")[0] for line in part["metrics"]}) for part in parts]
    assert len(parts) == 2
    assert sorted(name for names in shown for name in names) == sorted(MODELS)


def test_the_graphs_of_one_kind_are_numbered(body: dict[str, Any]) -> None:
    titles = [widget["properties"]["title"] for widget in body["widgets"] if widget["type"] == "metric"]
    assert [title for title in titles if title.startswith("The monitors'")] == [
        f"{OF_MODELS[4]} (part 1 of 2)",
        f"{OF_MODELS[4]} (part 2 of 2)",
    ]
    assert len(set(titles)) == len(titles)


def test_no_graph_is_too_full_and_cloudwatch_takes_them_all(body: dict[str, Any]) -> None:
    assert max(len(graph["metrics"]) for each in graphs(body).values() for graph in each) <= MOST_LINES
    assert faults_of(body) == []


def test_alarms_stand_by_what_they_ask_of_whoever_looks(body: dict[str, Any]) -> None:
    full, other = f"{PREFIX}-{MODELS[-1]}", f"{PREFIX}-{MODELS[0]}"
    shown: dict[str, set[str]] = defaultdict(set)
    for widget in body["widgets"]:
        if widget["type"] == "alarm":
            title = widget["properties"]["title"].partition(" (part ")[0]
            shown[title] |= {arn.rpartition(":alarm:")[2] for arn in widget["properties"]["alarms"]}
    assert {f"{full}-drift", f"{other}-drift", f"{other}-failures", f"{other}-errors"} <= shown["Models"]
    assert {f"{full}-batchdrift", f"{full}-batchsilence", f"{full}-batchfailures"} <= shown["Batches"]
    assert {f"{full}-driftwarning", f"{full}-batchdriftwarning"} <= shown["Warnings: trouble is near"]
    assert not {name for kind in ("Batches", "Warnings: trouble is near") for name in shown[kind] if other in name}


def test_every_alarm_of_what_it_tells_of_is_shown_once(team: Deployed, body: dict[str, Any]) -> None:
    of_models = {f"{PREFIX}-{model}-" for model in MODELS}
    made = [str(alarm.get("AlarmName")) for alarm in team.of(ALARM)]
    shown = [arn.rpartition(":alarm:")[2] for each in body["widgets"] for arn in each["properties"].get("alarms", ())]
    assert len(set(shown)) == len(shown)
    assert {name for name in made if name.startswith(tuple(of_models))} <= set(shown)
