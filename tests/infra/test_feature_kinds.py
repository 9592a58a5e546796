"""A model that takes a text and a vector: what its dashboard draws, and what its repository is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from core.contracts.metrics import feature_drift
from tests.infra.artifacts import deployed, tenant
from tests.infra.dashboards import faults_of
from tests.wiring.deployed import Deployed

pytestmark = pytest.mark.slow

FEATURES = {"age": "numeric", "note": "text", "photo": {"embedding": 512}}
MODEL = {"name": "churn", "label": "left", "features": FEATURES}


@pytest.fixture(scope="module")
def team() -> Deployed:
    return deployed(tenant(models=[MODEL]))


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(inner)


def test_a_dashboard_draws_each_column_of_a_text_and_a_vector_once(team: Deployed) -> None:
    boards = [json.loads(board["DashboardBody"]) for board in team.of("AWS::CloudWatch::Dashboard")]
    (board,) = (each for each in boards if feature_drift("age").name in set(texts(each)))
    assert faults_of(board) == []
    drawn = [text for text in texts(board) if text.startswith(feature_drift("").name)]
    parts = ("note", "note.length", "note.words", "note.symbols", "note.language")
    assert drawn == [feature_drift(name).name for name in ("age", *parts, "photo")]


def test_a_repository_is_told_the_kind_of_each_feature(team: Deployed) -> None:
    (files,) = team.of("Custom::HomeostatProjectFiles")
    settings = json.loads(files["Settings"]["churn"])
    assert settings["features"] == {"age": "numeric", "note": "text", "photo": "embedding 512"}
