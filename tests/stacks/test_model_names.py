"""Whatever names a team's models have beside each other, their templates are made: no two resources have one id."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.stacks.project import Project

pytestmark = pytest.mark.slow
PARTS = [
    ["alarm", "alarms", "batch", "batch-alarms", "batch-ended"],
    ["dashboard", "deployment", "engine", "managed-monitors", "managed-failed"],
    ["monitor", "monitor-alarm", "monitor-failed", "package", "retraining"],
    ["run", "standing", "warnings", "training", "managed-batch"],
]
"""Words that the platform puts behind a model's name: so many to a team, whose templates hold no more models."""
SETTINGS = "label: y, features: {a: numeric}, batch: {}, retraining: {every_days: 7}"
WATCH = "monitoring: {engine: managed, warn_at: 0.5}"
NAMES = ("AlarmName", "Name", "DashboardName", "QueueName")


def test_a_model_may_be_called_as_a_part_of_another(tmp_path: Path) -> None:
    project = Project.copied(tmp_path / "project", teams=0)
    for number, parts in enumerate(PARTS):
        names = ["x", *(f"x-{part}" for part in parts), "m1", "m-1"]
        models = "".join(f"  - {{name: {name}, {SETTINGS}, {WATCH}}}\n" for name in names)
        project.write_team(f"same{number}", number, f"models:\n{models}")
    process = project.start()
    _, said = process.communicate(timeout=600)
    assert process.returncode == 0, said
    for template in (project.root / "out").rglob("*.template.json"):
        resources = json.loads(template.read_text())["Resources"].values()
        named = Counter(
            (each["Type"], str(each["Properties"][name]))
            for each in resources
            for name in NAMES
            if name in each["Properties"]
        )
        assert [name for name, times in named.items() if times > 1] == []
