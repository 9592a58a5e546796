"""The monitors next to the libraries that do parts of their work: the same inputs, one core, one run, in turn.

Each side works in a process of its own, the peers with their packages in an environment of theirs (`bench/peers.txt`).
Counted is the work itself, after Python and the inputs were loaded; memory is the most that the process has held, with
its inputs. Ours are the median of several runs before and after each peer's; evidently and smclarify run once, for they
take minutes; json + csv reads one line of ten, and its time is taken ten times. A ratio is the peer's figure by ours:
above 1 ours costs less. The goals of speed and of equal attributions and metrics were set beforehand; how close the
other distances and sums must come, and how much memory may grow, was set when this was written.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from bench.monitoring.inputs import Sizes, prepare
from bench.monitoring.kinds import DIMENSIONS, NUMBERS
from bench.peers import peers_python
from bench.program import ROOT, run
from bench.table import Result, cells

FOLDER = ROOT / "build" / "bench" / "monitor"
ROUNDS, RUNS = 3, 5
"""How often the processes take turns, and how often each repeats its work."""
ONE_CORE = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA", "ARROW", "POLARS")}
PLAIN_PART = 10
"""Of so many lines the plain reader reads one: its time grows with them, and it is slow."""
COLUMNS = (
    "work",
    "ours: CPU s",
    "wall s",
    "MB",
    "against",
    "CPU s",
    "wall s",
    "MB",
    "CPU ratio",
    "wall ratio",
    "MB ratio",
    "goal",
    "reached",
)

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Spent:
    """On one piece of work."""

    cpu_s: float
    wall_s: float
    peak_mb: float

    @classmethod
    def of(cls, told: Sequence[Told], work: str, times: float = 1.0) -> Spent:
        """Medians over the processes that were told of; `times` where only a part of the work was done."""
        cpu, wall = (median(median(each[work][kind]) for each in told) for kind in ("cpu_s", "wall_s"))
        return cls(times * cpu, times * wall, median(each["peak_mb"] for each in told))

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.cpu_s + other.cpu_s, self.wall_s + other.wall_s, max(self.peak_mb, other.peak_mb))


@dataclass(frozen=True, slots=True)
class Goal:
    """What was to be reached, and what was."""

    asked: str
    reached: str
    met: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """A row of the page."""

    work: str
    ours: Spent
    against: str = ""
    theirs: Spent | None = None
    goals: tuple[Goal, ...] = ()

    def row(self) -> tuple[str, ...]:
        ours = (*cells(self.ours.cpu_s, self.ours.wall_s, digits=3), *cells(self.ours.peak_mb, digits=0))
        reached = [f"{goal.reached}: {'yes' if goal.met else 'NO'}" for goal in self.goals]
        goal = "; ".join(goal.asked for goal in self.goals), "; ".join(reached)
        if self.theirs is None:
            return self.work, *ours, *("-",) * 7, *goal
        theirs = (*cells(self.theirs.cpu_s, self.theirs.wall_s, digits=3), *cells(self.theirs.peak_mb, digits=0))
        ratios = [f"{getattr(self.theirs, kind) / getattr(self.ours, kind):,.3g}" for kind in asdict(self.ours)]
        return self.work, *ours, self.against, *theirs, *ratios, *goal


def measure(scale: float = 1.0) -> Result:
    """`scale` 1 is what the goals are about; the smaller ones are for trying it."""
    return measure_with(peers_python(), Sizes.scaled(scale), FOLDER)


def measure_with(peers: Path, sizes: Sizes, folder: Path, rounds: int = ROUNDS) -> Result:
    """`peers` is the interpreter that has the peers' packages."""
    prepare(folder, sizes)
    compared = [
        *_drift(peers, folder, sizes, rounds),
        *_attribution(peers, folder, sizes, rounds),
        *_bias(peers, folder, sizes, rounds),
        *_capture(peers, folder, sizes, rounds),
        *_kinds(folder, sizes, rounds),
        *_memory(folder, sizes),
    ]
    missed = [f"{one.work}: {goal.asked}, got {goal.reached}" for one in compared for goal in one.goals if not goal.met]
    verdict = f"Goals missed: {'; '.join(missed)}." if missed else "All goals are reached."
    return Result(
        name="monitor",
        title="Monitors",
        says=f"{' '.join((__doc__ or '').split())} {verdict}",
        columns=COLUMNS,
        rows=tuple(one.row() for one in compared),
        figures={"sizes": asdict(sizes), "missed": missed, "compared": [asdict(one) for one in compared]},
    )


def _drift(peers: Path, folder: Path, sizes: Sizes, rounds: int) -> list[Comparison]:
    before = [_ours("drift", folder, RUNS) for _ in range(rounds // 2)]
    evidently = _run(peers, "theirs", "evidently", folder, sizes.drift)
    told = [*before, *(_ours("drift", folder, RUNS) for _ in range(rounds - rounds // 2))]
    ours, floor = Spent.of(told, "compared"), Spent.of(told, "summed")
    described, reference = (Spent.of(told, work) for work in ("described", "reference"))
    theirs, name = Spent.of([evidently], "reported"), "evidently, default preset"
    numbers, categories = _differences(told[0]["compared"]["found"], evidently["reported"]["found"])
    times, above = theirs.cpu_s / ours.cpu_s, ours.cpu_s / floor.cpu_s
    what = f"drift of {sizes.drift:,} x 30 rows"
    fast = _least("500 times faster", times, 500, "x")
    same = _most("Jensen-Shannon equal to 1e-9", categories, 1e-9), _most("Wasserstein to 0.05", numbers, 0.05)
    near = _most("20 times the limit", above, 20, "x")
    return [
        Comparison(f"{what} from a baseline", ours, name, theirs, (fast, *same)),
        Comparison(f"{what}, the limit", ours, "one numpy.sum of them", floor, (near,)),
        Comparison(f"{what}, the limit", ours, "one copy of them", Spent.of(told, "copied")),
        Comparison(f"{what}, and all that the monitor keeps of a column", described, name, theirs),
        Comparison(f"{what}, and the baseline made as well", ours + reference, name, theirs),
    ]


def _differences(ours: Told, theirs: Told) -> tuple[float, float]:
    """Largest differences of what both call Wasserstein's and Jensen and Shannon's distance, over the columns.

    Evidently's Wasserstein distance is exact, ours is that of 100 bins; its Jensen-Shannon distance is the root of the
    divergence in nats, ours the divergence in bits.
    """
    numbers, categories = [0.0], [0.0]
    for column, (method, value) in theirs.items():
        own = ours[column]
        if method.startswith("Wasserstein"):
            numbers.append(abs(value - own["wasserstein"]))
        else:
            categories.append(abs(value - (own["jensen_shannon"] * log(2)) ** 0.5))
    return max(numbers), max(categories)


def _attribution(peers: Path, folder: Path, sizes: Sizes, rounds: int) -> list[Comparison]:
    told, theirs = _in_turn(peers, "attribution", "xgboost", folder, rounds)
    ours, peer = Spent.of(told, "explained"), Spent.of(theirs, "explained")
    own, its = np.load(folder / "ours.npy"), np.load(folder / "theirs.npy")
    differs = float(np.abs(own - its[:, :-1]).max())
    what = f"TreeSHAP of {sizes.explained:,} rows, 300 trees of depth 6, {told[0]['leaves']:.0f} leaves each"
    fast, exact = _least("20 times faster", peer.cpu_s / ours.cpu_s, 20, "x"), _most("equal to 1e-5", differs, 1e-5)
    both = ours + Spent.of(told, "read")
    return [
        Comparison(what, ours, "xgboost, pred_contribs", peer, (fast, exact)),
        Comparison(f"{what}, and the model read", both, "xgboost, pred_contribs", peer),
    ]


def _bias(peers: Path, folder: Path, sizes: Sizes, rounds: int) -> list[Comparison]:
    before = [_ours("bias", folder, RUNS) for _ in range(rounds // 2)]
    smclarify = _run(peers, "theirs", "smclarify", folder)
    told = [*before, *(_ours("bias", folder, RUNS) for _ in range(rounds - rounds // 2))]
    own, its = told[0]["assessed"]["found"], smclarify["reported"]["found"]
    pairs = [(own[group][name], value) for group, values in its.items() for name, value in values.items()]
    differs = max(abs(mine - value) for mine, value in pairs)
    ours, theirs = Spent.of(told, "assessed"), Spent.of([smclarify], "reported")
    what = f"bias of {sizes.people:,} rows, {len(pairs)} metrics of 5 groups over 20 strata"
    goals = _most("under 50 ms", 1000 * ours.cpu_s, 50, " ms"), _most("equal to 1e-9", differs, 1e-9)
    return [Comparison(what, ours, "smclarify", theirs, goals)]


def _capture(peers: Path, folder: Path, sizes: Sizes, rounds: int) -> list[Comparison]:
    part = sizes.captured // PLAIN_PART
    told, plain, arrow = [], [], []
    for _ in range(rounds):
        told.append(_ours("capture", folder, RUNS))
        plain.append(_run(peers, "theirs", "plain", folder, part, 1))
        arrow.append(_run(peers, "theirs", "arrow", folder, RUNS))
    sums = [each["found"]["sum"] for each in (told[0]["parsed"], told[0]["gathered"], arrow[0]["read"])]
    differs = max(sums) - min(sums)
    parsed, gathered = Spent.of(told, "parsed"), Spent.of(told, "gathered")
    lines, library = Spent.of(plain, "read", sizes.captured / part), Spent.of(arrow, "read")
    what = f"{sizes.captured:,} captured requests of 30 numbers"
    fast, whole = (
        _least("700,000 rows/s", sizes.captured / each.cpu_s, 700_000, " rows/s") for each in (parsed, gathered)
    )
    same = _most("equal sums", differs, 1e-2)
    return [
        Comparison(f"{what}, parsed", parsed, "json + csv", lines, (fast, same)),
        Comparison(f"{what}, parsed", parsed, "pyarrow's json and csv", library),
        Comparison(f"{what}, the limit", parsed, "reading the file", Spent.of(told, "read")),
        Comparison(f"{what}, each counted once", gathered, "json + csv", lines, (whole,)),
    ]


def _kinds(folder: Path, sizes: Sizes, rounds: int) -> list[Comparison]:
    """No peer reads these; what is told is how many rows a second."""
    told = [_ours("kinds", folder, RUNS) for _ in range(rounds)]
    found = []
    for kind, what in (("texts", "a text of some ten words"), ("embeddings", f"a list of {DIMENSIONS} numbers")):
        count, spent, read = getattr(sizes, kind), Spent.of(told, kind), told[0][kind]["found"]
        assert read == {"rows": count, "unread": 0}, f"{read} of {count} rows with {kind} were read"
        speed = f"{count / spent.cpu_s:,.0f} rows/s"
        work = f"{count:,} captured requests of {NUMBERS} numbers and {what}, each counted once: {speed}"
        found.append(Comparison(work, spent))
    return found


def _memory(folder: Path, sizes: Sizes) -> list[Comparison]:
    """The ids of the requests are what grows: so many as a window may have at most."""
    found = []
    for times in (1, 4, 16):
        told = _ours("memory", folder, times * sizes.window)
        assert told["rows"] == times * sizes.window
        found.append((told["rows"], Spent.of([told], "summarized")))
    smallest, largest = found[0][1].peak_mb, found[-1][1].peak_mb
    goal = _most("at most 1.5 times the memory of the first", largest / smallest, 1.5, "x")
    return [
        Comparison(
            f"a window of {rows:,} requests, read and summarized", spent, goals=(goal,) if spent == found[-1][1] else ()
        )
        for rows, spent in found
    ]


def _least(asked: str, value: float, bound: float, unit: str = "") -> Goal:
    return Goal(asked, f"{_shown(value)}{unit}", value >= bound)


def _most(asked: str, value: float, bound: float, unit: str = "") -> Goal:
    return Goal(asked, f"{_shown(value)}{unit}", value <= bound)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def _in_turn(peers: Path, ours: str, theirs: str, folder: Path, rounds: int) -> tuple[list[Told], list[Told]]:
    told: tuple[list[Told], list[Told]] = ([], [])
    for _ in range(rounds):
        told[0].append(_ours(ours, folder, RUNS))
        told[1].append(_run(peers, "theirs", theirs, folder, 1))
    return told


def _ours(work: str, folder: Path, *numbers: int) -> Told:
    return _run(Path(sys.executable), "ours", work, folder, *numbers)


def _run(python: Path, side: str, work: str, folder: Path, *numbers: int) -> Told:
    """What one process tells; raises Failed, with the end of what it printed."""
    command = [str(python), "-m", f"bench.monitoring.{side}", work, str(folder), *map(str, numbers)]
    told: Told = json.loads(run(command, ONE_CORE).splitlines()[-1])
    return told


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m bench.monitor", description="Measure, and show what would be written.")
    parser.add_argument("scale", type=float, nargs="?", default=1.0, help="size of the inputs; 1 is that of the goals")
    print(measure(parser.parse_args().scale).markdown())
