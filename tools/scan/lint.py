"""cfn-lint: CloudFormation's own schemas, and what is known to fail at a deployment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from itertools import groupby

from tools.scan.found import ROOT, Found, Template

NAME = "cfn-lint"
LINT = ROOT / ".venv" / "bin" / "cfn-lint"
CRASHED = 1
"""cfn-lint's exit status is a bit mask of 2 (errors), 4 (warnings) and 8 (information); 1 is its own failure."""


def scan(templates: list[Template]) -> list[Found]:
    """Errors and warnings, each region by its own schemas."""
    by_region = sorted(templates, key=lambda template: template.region)
    return [found for region, group in groupby(by_region, lambda each: each.region) for found in _scan(region, group)]


def _scan(region: str, templates: Iterable[Template]) -> list[Found]:
    by_file = {str(template.file): template for template in templates}
    command = [str(LINT), "--regions", region, "--format", "json", "--", *by_file]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode & CRASHED or run.stderr:
        raise RuntimeError(f"cfn-lint failed: {run.stderr or run.stdout}")
    return [_found(by_file[match["Filename"]], match) for match in json.loads(run.stdout or "[]")]


def _found(template: Template, match: dict[str, object]) -> Found:
    rule, location = match["Rule"], match["Location"]
    assert isinstance(rule, dict)
    assert isinstance(location, dict)
    path = [*(location.get("Path") or []), "", ""]
    logical_id = str(path[1]) if path[0] == "Resources" else ""
    return Found(NAME, str(rule["Id"]), template.stage, template.stack, logical_id, str(match["Message"]))
