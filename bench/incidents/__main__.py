"""`python -m bench.incidents`: writes docs/incidents.md and build/bench/incidents.json; takes some minutes."""

from __future__ import annotations

import json
from dataclasses import asdict

from bench.__main__ import FIGURES, machine
from bench.incidents import measure
from bench.incidents.page import page
from bench.program import ROOT

PAGE = ROOT / "docs" / "incidents.md"
HEALTHY_SIZES = (1000,)


def main() -> None:
    print("incidents ...", flush=True)
    incidents = measure.incidents()
    print("smallest shifts ...", flush=True)
    smallest = {rows: measure.smallest(rows) for rows in measure.SIZES}
    print("healthy windows ...", flush=True)
    healthy = {rows: measure.healthy(rows) for rows in HEALTHY_SIZES}
    figures = {
        "machine": machine(),
        "incidents": {name: [asdict(each) for each in windows] for name, windows in incidents.items()},
        "healthy": {rows: [asdict(each) for each in windows] for rows, windows in healthy.items()},
        "smallest": smallest,
    }
    FIGURES.mkdir(parents=True, exist_ok=True)
    (FIGURES / "incidents.json").write_text(json.dumps(figures, default=sorted) + "\n")
    PAGE.write_text(page(incidents, healthy, smallest))


if __name__ == "__main__":
    main()
