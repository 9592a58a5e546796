"""CloudFormation's own schemas have nothing to say against any template of teams at the edges of what is accepted.

`tests/tools/test_scan.py` asks the same of all other teams.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from cfnlint.api import ManualArgs, lint

pytestmark = pytest.mark.slow(takes_s=20)

STAGES = {
    "bare-dev": "eu-central-1",
    "largestnamedtea-dev": "eu-west-1",
    "largestnamedtea-prod": "eu-west-1",
}


@pytest.mark.parametrize("stage", STAGES)
def test_no_error_and_no_warning(stage: str, extremes: Path) -> None:
    templates = sorted((extremes / f"assembly-{stage}").glob("*.template.json"))
    assert len(templates) == 6
    config = ManualArgs(regions=[STAGES[stage]])
    assert [str(match) for path in templates for match in lint(path.read_text(), config=config)] == []
