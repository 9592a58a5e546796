"""On the embedded AWS: seconds from drift to alarm to retraining to healed endpoint, and what each part takes.

There is no peer that closes this loop on a laptop, so the figures stand alone. Between drift and alarm lie at least
two windows by design (an alarm needs two breaching windows of two); the rest is the platform's own time.
"""

from __future__ import annotations

import json
import sys
from statistics import median

from bench.program import ROOT, run
from bench.table import Result

RUNS = 3
SUMMARY = ROOT / "build" / "demo" / "summary.json"
SHOWN = (
    ("deployed_s", "nothing to deployed"),
    ("drift_to_alarm_s", "drift to alarm"),
    ("drift_to_retraining_s", "drift to started retraining"),
    ("drift_to_healed_s", "drift to healed endpoint"),
    ("drift_to_green_s", "drift to green monitor"),
    ("total_s", "nothing to green"),
)


def measure() -> Result:
    runs = [_run() for _ in range(RUNS)]
    rows = tuple(
        (what, f"{median(values):.1f}", f"{min(values):.1f}", f"{max(values):.1f}")
        for name, what in SHOWN
        for values in [[run[name] for run in runs]]
    )
    hour_s = runs[0]["hour_s"]
    return Result(
        name="loop",
        title="The loop",
        says=f"{' '.join((__doc__ or '').split())} An hour lasted {hour_s:g} s; {RUNS} runs.",
        columns=("stage", "median s", "least s", "most s"),
        rows=rows,
        figures={"runs": runs, "median": {name: median(run[name] for run in runs) for name, _ in SHOWN}},
    )


def _run() -> dict[str, float]:
    run([sys.executable, "-m", "demo"])
    summary: dict[str, float] = json.loads(SUMMARY.read_text())
    return summary
