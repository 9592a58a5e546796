"""Scan every team in `teams/` and the teams that have every feature: `python -m tools.scan`.

Prints the figures beside their bars, what is acknowledged and why, and whatever is not; fails where a bar is missed,
something is not acknowledged, or docs/controls.md is not current. `--write` writes that page instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.scan import report
from tools.scan.bars import BARS
from tools.scan.found import ROOT
from tools.scan.page import PAGE, page
from tools.scan.scan import Scan, scan

TEAMS = ("teams", "tests/infra/teams")
ACCOUNT = "000000000000"


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        scans = scan([synthesize(Path(scratch, str(index)), folder) for index, folder in enumerate(TEAMS)])
    if arguments == ["--write"]:
        PAGE.write_text(page(scans))
        return 0
    for title, lines in (
        ("Figures:", report.figures(scans)),
        ("Nothing to look at in any of these:", report.nothing_to_look_at(scans)),
        ("Met elsewhere, or not:", report.elsewhere()),
        ("Acknowledged:", map(str, report.acknowledgements(scans))),
    ):
        print(title, *lines, sep="\n  ")
    wrong = list(faults(scans))
    print(*wrong, sep="\n")
    return 1 if wrong else 0


def faults(scans: list[Scan]) -> Iterator[str]:
    """Missed bars, what nobody acknowledged, a page that is not current."""
    for each in scans:
        for bar in BARS:
            if bar.missed(each):
                yield f"MISSED {each.stage.name}: {bar.name} is {bar.figure(each):.1f}, at most {bar.most:g}"
    for each in scans:
        yield from (f"NOT ACKNOWLEDGED {finding}" for finding in each.open)
    if not PAGE.exists() or PAGE.read_text() != page(scans):
        yield f"{PAGE.name} under docs/ is not current; run `make docs`"


def synthesize(out: Path, folder: str) -> Path:
    """The cloud assembly of a folder of team files, as `cdk synth` makes it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    context = json.dumps({"teams": folder, "kept": f"{out}-kept"})
    settings = {**inherited, "CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": context, "CDK_DEFAULT_ACCOUNT": ACCOUNT}
    run = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise RuntimeError(f"{folder} cannot be synthesized: {run.stderr.strip() or run.stdout}")
    return out


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
