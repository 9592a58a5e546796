"""What dashboards show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.infra.dashboards import faults_of
from tests.wiring.system import System

ALARM = "AWS::CloudWatch::Alarm"
BOARD = "AWS::CloudWatch::Dashboard"
OF_MODELS_AND_PLATFORM = {"operations", "serving"}
"""Stacks whose alarms the team's dashboard shows. Those of the others are on what somebody does just then, and
they tell the team as well: builds and pushes of images, and what CloudFormation asks functions for at a deployment."""


def dashboards_are_what_cloudwatch_takes(system: System) -> None:
    """Structure, and that every alarm and every function that is shown exists."""
    alarms = {system.arns.of("cloudwatch", f"alarm:{a.get('AlarmName')}") for a in system.deployed.of(ALARM)}
    functions = {function["FunctionName"] for function in system.deployed.of("AWS::Lambda::Function")}
    groups = {group["LogGroupName"] for group in system.deployed.of("AWS::Logs::LogGroup")}
    for board in system.deployed.of(BOARD):
        body = json.loads(board["DashboardBody"])
        assert not faults_of(body), f"{board['DashboardName']}: {faults_of(body)}"
        for widget in body["widgets"]:
            properties = widget["properties"]
            assert set(properties.get("alarms", ())) <= alarms, set(properties["alarms"]) - alarms
            for name in _shown(properties, "FunctionName"):
                assert name in functions, f"{name} does not exist"
            for source in properties.get("query", "").split(" | "):
                if source.startswith("SOURCE "):
                    assert source.removeprefix("SOURCE ").strip("'") in groups, f"{source} does not exist"


def every_alarm_is_on_the_teams_dashboard(system: System) -> None:
    """Once, so that whoever was away sees on one page whatever stands."""
    board = json.loads(system.deployed.one(BOARD, DashboardName=system.names.dashboard)["DashboardBody"])
    shown = [arn for widget in board["widgets"] for arn in widget["properties"].get("alarms", ())]
    assert len(set(shown)) == len(shown), "an alarm is shown twice"
    made = {
        system.arns.of("cloudwatch", f"alarm:{resource.properties.get('AlarmName')}")
        for resource in system.deployed.resources
        if resource.type == ALARM and resource.stack in OF_MODELS_AND_PLATFORM
    }
    assert made <= set(shown), f"not on the team's dashboard: {sorted(made - set(shown))}"


def _shown(properties: dict[str, Any], dimension: str) -> Iterator[str]:
    for line in properties.get("metrics", ()):
        if dimension in line:
            yield line[line.index(dimension) + 1]


CHECKS = (dashboards_are_what_cloudwatch_takes, every_alarm_is_on_the_teams_dashboard)
