"""`python -m bench.estimates`: writes docs/estimates.md and build/bench/estimates.json; takes some minutes."""

from __future__ import annotations

import json
from dataclasses import asdict

from bench.__main__ import FIGURES, machine
from bench.estimates import measure
from bench.estimates.page import page
from bench.program import ROOT

PAGE = ROOT / "docs" / "estimates.md"


def main() -> None:
    found = measure.everything()
    FIGURES.mkdir(parents=True, exist_ok=True)
    figures = {"machine": machine(), "windows": [asdict(each) for each in found]}
    (FIGURES / "estimates.json").write_text(json.dumps(figures) + "\n")
    PAGE.write_text(page(found))


if __name__ == "__main__":
    main()
