"""Seconds and memory of a synth per 100 resources, next to the same resources in a plain CDK app.

The plain app (`bench/plain_app.py`) makes every resource of our templates by one `CfnResource` with the properties
ready made: what is left to pay is the CDK itself. Both are counted beyond an app without any resource.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from bench.measure import ROOT, Cost, cost_of, in_turn
from bench.table import Result, cells, ratio

TEAMS = (1, 5)
RUNS = 3
QUIET = {
    "CDK_VALIDATION": "false",
    "CDK_DEFAULT_ACCOUNT": "000000000000",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
}
EMPTY = "import aws_cdk; app = aws_cdk.App(); aws_cdk.Stack(app, 'empty'); app.synth()"


def measure() -> Result:
    rows, figures = [], {}
    with tempfile.TemporaryDirectory() as scratch:
        for count in TEAMS:
            folder = Path(scratch) / str(count)
            resources, costs = _measure(folder, count)
            ours, plain, empty = costs["ours"], costs["plain"], costs["empty"]
            our_cpu, plain_cpu = (100 * (cost.cpu_s - empty.cpu_s) / resources for cost in (ours, plain))
            our_mb, plain_mb = (100 * (cost.peak_mb - empty.peak_mb) / resources for cost in (ours, plain))
            rows.append(
                (
                    str(count),
                    str(resources),
                    *cells(ours.wall_s, ours.cpu_s, our_cpu, plain_cpu),
                    ratio(our_cpu, plain_cpu),
                    *cells(our_mb, plain_mb, digits=1),
                )
            )
            figures[f"teams_{count}"] = {
                "resources": resources,
                "ours": _figures(ours, our_cpu, our_mb),
                "plain": _figures(plain, plain_cpu, plain_mb),
                "empty": {"cpu_s": empty.cpu_s, "peak_mb": empty.peak_mb},
                "ratio_cpu": our_cpu / plain_cpu,
            }
    return Result(
        name="synth",
        title="Synth",
        says=" ".join((__doc__ or "").split()),
        columns=(
            "teams",
            "resources",
            "wall s",
            "CPU s",
            "CPU s / 100",
            "plain app: CPU s / 100",
            "ratio",
            "MB / 100",
            "plain app: MB / 100",
        ),
        rows=tuple(rows),
        figures=figures,
    )


def _figures(cost: Cost, cpu_per_100: float, mb_per_100: float) -> dict[str, float]:
    return {"wall_s": cost.wall_s, "cpu_s": cost.cpu_s, "cpu_s_per_100": cpu_per_100, "mb_per_100": mb_per_100}


def _measure(folder: Path, count: int) -> tuple[int, dict[str, Cost]]:
    teams, assembly = folder / "teams", folder / "assembly"
    _write_teams(teams, count)
    ours = [sys.executable, "app.py"]
    settings = {**QUIET, "CDK_CONTEXT_JSON": json.dumps({"teams": str(teams)}), "CDK_OUTDIR": str(assembly)}
    cost_of(ours, settings)  # compiles the pipelines and makes the templates that the plain app repeats
    resources = sum(len(json.loads(path.read_text())["Resources"]) for path in assembly.rglob("*.template.json"))
    plain = [sys.executable, "-m", "bench.plain_app", str(assembly), str(folder / "plain")]
    commands = {"ours": ours, "plain": plain, "empty": [sys.executable, "-c", EMPTY]}
    return resources, in_turn(commands, RUNS, {**settings, "CDK_OUTDIR": str(folder / "out")})


def _write_teams(folder: Path, count: int) -> None:
    """Copies of the demonstration team, each with a name and addresses of its own."""
    folder.mkdir(parents=True)
    text = (ROOT / "teams" / "demo.yaml").read_text()
    for index in range(count):
        own = text.replace("team: demo", f"team: bench{index}").replace("10.20.0.0/16", f"10.{index}.0.0/16")
        (folder / f"bench{index}.yaml").write_text(own)
