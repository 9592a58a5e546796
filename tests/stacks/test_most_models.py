"""An environment with as many models as it can have: CloudFormation takes every template of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.template import MOST_RESOURCES
from infra.template_stack import LARGEST
from tests.stacks.project import Project

pytestmark = pytest.mark.slow
MOST_MODELS = 33
MODELS = "models:\n" + "".join(
    f"  - {{name: m{number}, label: left, features: {{age: numeric, region: categorical}}}}\n"
    for number in range(MOST_MODELS)
)


def test_every_template_is_small_enough(tmp_path: Path) -> None:
    project = Project.copied(tmp_path / "project", teams=0)
    project.write_team("many", 0, MODELS)
    process = project.start()
    assert process.wait(600) == 0, process.communicate()
    templates = {path.name: path.read_bytes() for path in (project.root / "out").rglob("*.template.json")}
    assert len(templates) >= 6
    assert {name: len(text) for name, text in templates.items() if len(text) > LARGEST} == {}
    most = max(len(json.loads(text)["Resources"]) for text in templates.values())
    assert 0.95 * MOST_RESOURCES < most <= MOST_RESOURCES
