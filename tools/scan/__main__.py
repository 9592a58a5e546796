"""Scan every team in `teams/` and the teams that have every feature: `python -m tools.scan [folder of team files ...]`.

Prints the figures beside their bars, what is acknowledged and why, and whatever is not; fails where a bar is missed or
something is not acknowledged.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.scan import report
from tools.scan.bars import BARS
from tools.scan.found import ROOT
from tools.scan.scan import Scan, scan

TEAMS = ("teams", "tests/infra/teams")
ACCOUNT = "000000000000"
SHOWN = 3


def main(folders: list[str]) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        assemblies = [synthesize(Path(scratch, str(index)), folder) for index, folder in enumerate(folders)]
        scans = scan(assemblies)
    for line in (*report.figures(scans), "", "Met elsewhere:", *report.elsewhere(), "", "Acknowledged:"):
        print(line)
    for reason, rules, places in report.acknowledgements(scans):
        print(f"- {_some(rules)} on {_some(places)}: {reason}")
    for line in faults(scans):
        print(line)
    return 1 if faults(scans) else 0


def faults(scans: list[Scan]) -> list[str]:
    missed = [
        f"MISSED {scan.stage.name}: {bar.name} is {bar.figure(scan):.1f}, at most {bar.most:g}"
        for scan in scans
        for bar in BARS
        if bar.missed(scan)
    ]
    return [*missed, *(f"NOT ACKNOWLEDGED {each}" for scan in scans for each in scan.open)]


def synthesize(out: Path, folder: str) -> Path:
    """The cloud assembly of a folder of team files, as `cdk synth` makes it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    context = {"CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps({"teams": folder}), "CDK_VALIDATION": "false"}
    settings = {**kept, **context, "CDK_DEFAULT_ACCOUNT": ACCOUNT}
    run = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise RuntimeError(f"{folder} cannot be synthesized: {run.stderr.strip() or run.stdout}")
    return out


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(TEAMS)))
