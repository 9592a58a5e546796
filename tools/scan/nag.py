"""cdk-nag: the packs AwsSolutions and NIST 800-53 R5."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.scan.found import ROOT, Found, Template
from tools.scan.nag_app import CANARY, INCLUDE, REPORT

NAME = "cdk-nag"
SOLUTIONS, NIST = "AwsSolutions", "NIST.800.53.R5"
WILDCARDS = "AwsSolutions-IAM5"


def scan(templates: list[Template]) -> list[Found]:
    by_id = {template.id: template for template in templates}
    with tempfile.TemporaryDirectory() as out:
        files = [f"{template.id}={template.file}" for template in templates]
        command = [sys.executable, "-m", "tools.scan.nag_app", out, *files]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        report = Path(out, REPORT)
        if not report.is_file():
            raise RuntimeError(f"cdk-nag made no report: {run.stderr[-2000:] or run.stdout[-2000:]}")
        reports = json.loads(report.read_text())["pluginReports"]
    packs = {each["pluginName"] for each in reports if CANARY in json.dumps(each)}
    if not {SOLUTIONS, NIST} <= packs:
        raise RuntimeError(f"cdk-nag noticed an open bucket by {sorted(packs)}; accepted: {SOLUTIONS} and {NIST}")
    return [found for each in reports if each["pluginName"] in (SOLUTIONS, NIST) for found in _found(by_id, each)]


def _found(by_id: dict[str, Template], report: dict[str, Any]) -> Iterator[Found]:
    for violation in report["violations"]:
        for construct in violation["violatingConstructs"]:
            stack, _, logical_id = construct["constructPath"].partition(f"/{INCLUDE}/")
            if stack.startswith(CANARY):
                continue
            template = by_id[stack]
            yield Found(
                report["pluginName"],
                violation["ruleName"],
                template.stage,
                template.stack,
                logical_id,
                violation["description"],
            )
