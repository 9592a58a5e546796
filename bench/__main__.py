"""`make bench`, or `python -m bench synth` for one of them."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path

from bench import bundle, loop, monitor, remediation, spark, synth
from bench.measure import ROOT
from bench.table import Result

BENCHMARKS: dict[str, Callable[[], Result]] = {
    "synth": synth.measure,
    "bundle": bundle.measure,
    "loop": loop.measure,
    "monitor": monitor.measure,
    "remediation": remediation.measure,
    "spark": spark.measure,
}
FIGURES = ROOT / "build" / "bench"
PAGE = ROOT / "docs" / "benchmarks.md"
HEAD = """\
# Benchmarks

Written by `make bench`; the figures are in `build/bench/*.json`. Compare ratios, not absolutes: machines differ.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="which ones; all, where none is named")
    names = parser.parse_args().names or list(BENCHMARKS)
    FIGURES.mkdir(parents=True, exist_ok=True)
    for name in names:
        print(f"measuring {name} ...", flush=True)
        result = BENCHMARKS[name]()
        content = {"machine": machine(), "markdown": result.markdown(), **result.figures}
        (FIGURES / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")
        print(result.markdown())
    _write_page()


def machine() -> str:
    """The machine in a line: processor, cores, memory, Python."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{model}, {os.cpu_count()} cores, {memory_gb:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    )


def _write_page() -> None:
    """From every benchmark that was measured here, each with the machine that it was measured on."""
    parts = [HEAD]
    for name in BENCHMARKS:
        path = FIGURES / f"{name}.json"
        if path.exists():
            content = json.loads(path.read_text())
            parts.append(f"{content['markdown']}\nMachine: {content['machine']}.\n")
    PAGE.write_text("\n".join(parts))


if __name__ == "__main__":
    main()
