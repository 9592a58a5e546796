"""What dashboards show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.infra.dashboards import faults_of
from tests.wiring.system import System

ALARM = "AWS::CloudWatch::Alarm"


def dashboards_are_what_cloudwatch_takes(system: System) -> None:
    """Structure, and that every alarm and every function that is shown exists."""
    alarms = {system.arns.of("cloudwatch", f"alarm:{a.get('AlarmName')}") for a in system.deployed.of(ALARM)}
    functions = {function["FunctionName"] for function in system.deployed.of("AWS::Lambda::Function")}
    groups = {group["LogGroupName"] for group in system.deployed.of("AWS::Logs::LogGroup")}
    for board in system.deployed.of("AWS::CloudWatch::Dashboard"):
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


def _shown(properties: dict[str, Any], dimension: str) -> Iterator[str]:
    for line in properties.get("metrics", ()):
        if dimension in line:
            yield line[line.index(dimension) + 1]


CHECKS = (dashboards_are_what_cloudwatch_takes,)
