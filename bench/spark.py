"""Large windows: the monitor in one process against Spark, and from how many rows on Spark is faster."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import Cost, cost_of
from bench.program import Failed, run
from bench.spark_window import FILES, NUMBERS, ROWS, SPARK, write
from bench.table import Result

SIZES = 1_000_000, 10_000_000, 100_000_000
LONGEST_REASON = 200
ENGINES = {"own": "one process", "spark": "Spark, local[2]"}
SAYS = (
    f"Captured requests of {NUMBERS + 2} features, one row each, read from disk into everything that is kept of a "
    f"window. {FILES * ROWS:,} rows lie on disk; a larger window reads them again under other event ids, and both "
    "engines tell all requests of a window apart. Both read the same parts by the same code, and make the same summary "
    "(`tests/containers/test_monitor_engines.py`); Spark's two tasks at once share two cores with the Java machine. "
    "Start of the process, of Java and of the compiled kernels counts. Memory is of all processes together."
)


def measure(sizes: tuple[int, ...] = SIZES) -> Result:
    _install()
    with TemporaryDirectory(prefix="homeostat-spark-") as name:
        folder = Path(name)
        write(folder)
        _run(folder, "own", ROWS)  # compiles the kernels, which does not count
        return measure_with(partial(_run, folder), sizes)


def measure_with(run_of: Callable[[str, int], Cost], sizes: Sequence[int]) -> Result:
    """`run_of` gives the cost of an engine for so many rows, or raises Failed: that row says so, the others stay."""
    found = {(engine, rows): _tried(run_of, engine, rows) for rows in sizes for engine in ENGINES}
    costs = {of: each for of, each in found.items() if isinstance(each, Cost)}
    told = crossover(
        {name: [(rows, costs[name, rows].wall_s) for rows in sizes if (name, rows) in costs] for name in ENGINES}
    )
    figures = {f"{engine} {rows}": asdict(cost) for (engine, rows), cost in costs.items()}
    return Result(
        "spark",
        "Large windows: one process or Spark",
        f"{SAYS} {told}",
        ("engine", "rows", "seconds", "rows a second", "memory MB"),
        tuple((ENGINES[engine], f"{rows:,}", *_cells(rows, each)) for (engine, rows), each in found.items()),
        {"costs": figures, "crossover": told},
        failed=tuple(f"{ENGINES[engine]}, {rows:,} rows" for engine, rows in found if (engine, rows) not in costs),
    )


def _tried(run_of: Callable[[str, int], Cost], engine: str, rows: int) -> Cost | Failed:
    what = f"  {ENGINES[engine]}: {rows:,} rows"
    print(f"{what} ...", flush=True)
    try:
        cost = run_of(engine, rows)
    except Failed as reason:
        print(f"{what}: {reason}", flush=True)
        return reason
    print(f"{what}: {cost.wall_s:.1f} s, {cost.together_mb:,.0f} MB", flush=True)
    return cost


def _cells(rows: int, found: Cost | Failed) -> tuple[str, str, str]:
    if isinstance(found, Failed):
        return f"failed: {found.last[:LONGEST_REASON]}", "-", "-"
    return f"{found.wall_s:.1f}", f"{rows / found.wall_s:,.0f}", f"{found.together_mb:,.0f}"


def crossover(found: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """From (rows, seconds) of both: where straight lines meet, between the sizes at which the faster one changes."""
    own, other = (dict(found[engine]) for engine in ENGINES)
    sizes = sorted(own.keys() & other.keys())
    if len(sizes) < 2:
        return "It takes two sizes of each to tell a crossover."
    behind = [other[size] - own[size] for size in sizes]
    largest = f"{sizes[-1]:,} rows take Spark {other[sizes[-1]] / own[sizes[-1]]:.2f} times as long as one process"
    for (small, more), (large, less) in pairwise(zip(sizes, behind, strict=True)):
        if more > 0 >= less:
            rows = small + (large - small) * more / (more - less)
            return f"Crossover on this machine: {rows / 1e6:.1f} million rows; {largest}."
    return f"Spark is {'not faster' if behind[-1] > 0 else 'faster'} here at any of these sizes; {largest}."


def _run(folder: Path, engine: str, rows: int) -> Cost:
    program = "from bench.spark_window import main; main()"
    return cost_of([sys.executable, "-c", program, str(folder), engine, str(rows)])


def _install() -> None:
    """pyspark into build/spark, where it is not yet."""
    if shutil.which("java") is None:
        raise LookupError("Spark needs Java 17 or 21: there is no `java` here")
    if not (SPARK / "pyspark").exists():
        run(["make", "spark"])


if __name__ == "__main__":
    result = measure(tuple(int(size) for size in sys.argv[1:]) or SIZES)
    print(result.markdown())
    sys.exit(f"failed: {'; '.join(result.failed)}" if result.failed else 0)
