"""CloudFormation's own schemas have nothing to say against any template."""

from __future__ import annotations

from pathlib import Path

import pytest
from cfnlint.api import ManualArgs, lint

pytestmark = pytest.mark.slow

STAGES = {
    "demo-dev": "us-east-1",
    "bare-dev": "eu-central-1",
    "largestnamedtea-dev": "eu-west-1",
    "largestnamedtea-prod": "eu-west-1",
}


@pytest.mark.parametrize("stage", STAGES)
def test_no_error_and_no_warning(stage: str, assembly: Path, extremes: Path) -> None:
    folder = next(each for each in (assembly, extremes) if (each / f"assembly-{stage}").is_dir())
    templates = sorted((folder / f"assembly-{stage}").glob("*.template.json"))
    assert len(templates) == 6
    config = ManualArgs(regions=[STAGES[stage]])
    assert [str(match) for path in templates for match in lint(path.read_text(), config=config)] == []
