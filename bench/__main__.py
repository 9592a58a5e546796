"""`make bench`, or `python -m bench synth` for one of them."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import bundle, loop, monitor, remediation, spark, synth
from bench.program import ROOT, Failed
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
    failed = everything({name: BENCHMARKS[name] for name in names}, FIGURES)
    _write_page()
    sys.exit(f"failed: {'; '.join(failed)}" if failed else 0)


def everything(benchmarks: Mapping[str, Callable[[], Result]], folder: Path) -> list[str]:
    """Measure one after the other and keep the figures in a folder; return what failed, which stops no other."""
    failed = []
    folder.mkdir(parents=True, exist_ok=True)
    for name, measure in benchmarks.items():
        print(f"measuring {name} ...", flush=True)
        try:
            result = measure()
        except Failed as reason:
            print(reason, file=sys.stderr, flush=True)
            failed.append(f"{name}: {reason.last}")
            continue
        content = {"machine": machine(), "markdown": result.markdown(), **result.figures}
        (folder / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")
        print(result.markdown(), flush=True)
        failed += [f"{name}: {each}" for each in result.failed]
    return failed


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
