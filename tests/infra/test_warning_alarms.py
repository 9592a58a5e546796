"""Alarms that tell the team before remediation has to do anything: of who asks for them, and of nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.contracts.alarms import TROUBLES, watched
from core.names import TeamNames
from tests.infra.artifacts import MODEL, PREFIX, deployed, tenant
from tests.wiring.deployed import Deployed

pytestmark = pytest.mark.slow  # the CDK runs a process of its own

ALARM = "AWS::CloudWatch::Alarm"
WARNED = {**MODEL, "monitoring": {"warn_at": 0.8, "estimate_alarm": True}, "batch": {"every_hours": 24}}


@pytest.fixture(scope="module")
def team() -> Deployed:
    return deployed(tenant(models=[WARNED, {**MODEL, "name": "calm"}]))


def warnings(of: Deployed, model: str) -> dict[str, dict[str, Any]]:
    """By the kind that is near."""
    own = f"{PREFIX}-{model}-"
    named = {str(each.get("AlarmName")): each for each in of.of(ALARM)}
    return {
        name.removeprefix(own).removesuffix("warning"): each
        for name, each in named.items()
        if name.startswith(own) and name.endswith("warning")
    }


def test_what_has_a_limit_is_warned_of_and_what_is_counted_is_not(team: Deployed) -> None:
    near = {"drift", "attribution", "quality", "estimate"}
    assert set(warnings(team, "churn")) == near | {f"batch{kind}" for kind in near}
    assert {each["Threshold"] for each in warnings(team, "churn").values()} == {0.8}


def test_a_model_whose_file_says_nothing_has_no_warnings(team: Deployed) -> None:
    assert warnings(team, "calm") == {}


def test_a_warning_is_none_of_the_alarms_that_remediation_answers(team: Deployed) -> None:
    prefix, _, environment = PREFIX.rpartition("-")
    answered = watched(TeamNames(prefix, environment), ["churn"])
    assert len(answered) == 2 * len(TROUBLES)
    assert not answered.keys() & {each["AlarmName"] for each in warnings(team, "churn").values()}


def test_the_dashboard_draws_where_it_warns(team: Deployed) -> None:
    def drawn(model: str) -> set[tuple[str, float]]:
        board = json.loads(team.one("AWS::CloudWatch::Dashboard", DashboardName=f"{PREFIX}-{model}")["DashboardBody"])
        marks = [each["properties"].get("annotations", {}).get("horizontal", []) for each in board["widgets"]]
        return {(mark["label"], mark["value"]) for each in marks for mark in each}

    assert ("warning", 0.8) in drawn("churn")
    assert "warning" not in {label for label, _ in drawn("calm")}
