"""How a mistake is made on purpose: in a copy of the templates, or at the end of a wire in the code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.wiring.system import System

Check = Callable[[System], None]


@dataclass(frozen=True)
class Fault:
    """`seed` changes a copy of the templates, or replaces an end of a wire in the code."""

    name: str
    caught_by: Check
    seed: Callable[[System], System]


def in_template(
    name: str, caught_by: Check, type: str, change: Callable[[dict[str, Any]], object], **which: Any
) -> Fault:
    """The first resource of a type that has the properties `which`, changed."""

    def seed(system: System) -> System:
        deployed = system.deployed.copy()
        found = next(each for each in deployed.of(type) if which.items() <= each.items())
        before = json.dumps(found, default=str)
        change(found)
        assert json.dumps(found, default=str) != before, f"{name} changes nothing"
        return replace(system, deployed=deployed)

    return Fault(name, caught_by, seed)


def in_code(name: str, caught_by: Check, wires: Callable[[System], dict[str, Any]]) -> Fault:
    """Another end of a wire in the code."""
    return Fault(name, caught_by, lambda system: system.with_wires(**wires(system)))


def setting(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(properties: Any) -> None:
        for part in path[:-1]:
            properties = properties[part]
        properties[path[-1]] = to

    return change


def without(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def change(properties: Any) -> None:
        for part in path[:-1]:
            properties = properties[part]
        del properties[path[-1]]

    return change


def text(path: str, old: str, new: str) -> Callable[[dict[str, Any]], None]:
    """Replace in a text, or in a document as text."""

    def change(properties: dict[str, Any]) -> None:
        value = properties[path]
        changed = (value if isinstance(value, str) else json.dumps(value)).replace(old, new)
        properties[path] = changed if isinstance(value, str) else json.loads(changed)

    return change


RULE, QUEUE, ALARM, ROLE = "AWS::Events::Rule", "AWS::SQS::Queue", "AWS::CloudWatch::Alarm", "AWS::IAM::Role"
FUNCTION, SCHEDULE = "AWS::Lambda::Function", "AWS::Scheduler::Schedule"
DRIFT, SILENT = "demo-dev-progression-drift", "demo-dev-progression-silence"
MONITOR = "demo-dev-progression-monitor"
