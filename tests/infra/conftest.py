"""Stages of the teams in `tests/infra/teams`: every feature, somebody else's network, the least that a file can say."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from infra.guard import Stage, load, stage_of, template_files

FULL, ACCOUNT, REGION = "full-dev", "111122223333", "eu-west-1"
Templates = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def stages(rich: Path, assembly: Path) -> dict[str, Stage]:
    """These and those of `teams/`, by name."""
    return {stage.name: stage for folder in (rich, assembly) for stage in load(folder)}


@pytest.fixture(scope="session")
def full_templates(rich: Path) -> Templates:
    """Of the team with every feature. Change a copy only."""
    files = template_files(rich / f"assembly-{FULL}")
    return {stack: json.loads(file.read_text()) for stack, file in files.items()}


@pytest.fixture
def templates(full_templates: Templates) -> Templates:
    return copy.deepcopy(full_templates)


def as_stage(templates: Templates) -> Stage:
    return stage_of(FULL, ACCOUNT, REGION, templates)
