"""Run as a program: the monitor over a window in which every row has a category of its own, made as it is read.

`python -m tests.containers.many_categories ROWS [words]` prints the most memory that it held, what it found, and how
long it took. With `words` the categories are texts, which no model takes, in place of numbers.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bench.monitoring.stopwatch import peak_mb
from core.contracts.capture import CapturedRequest, Payload
from core.diagnosis import diagnose
from tests.containers.world import END, POLICY, Held, Memory, draw, latest, released, run

TOGETHER = 50
"""Rows of a request."""
IN_FILE = 10_000
"""Rows of a captured file."""


@dataclass
class Streaming(Memory):
    """Captured requests are never all there at once."""

    rows: int = 0
    mark: str = ""

    def list_files(self, uri_prefixes: Iterable[str]) -> list[Held]:
        size = len(next(self.read_files([Held(0, "0")])))
        return [Held(size, str(start)) for start in range(0, self.rows, IN_FILE)]

    def read_files(self, files: Sequence[Held]) -> Iterator[bytes]:
        healthy = [",".join(f"{value:.6g}" for value in row[:3]) for row in draw(9973, 7).values.tolist()]
        answers = "\n".join(["1,0.75"] * TOGETHER)
        for file in files:
            first = int(file.key)
            lines = []
            for start in range(first, first + IN_FILE, TOGETHER):
                rows = range(start, start + TOGETHER)
                cells = "\n".join(f"{healthy[at % len(healthy)]},{self.mark}{1000 + at}" for at in rows)
                sides = Payload(cells, "CSV", "text/csv"), Payload(answers, "CSV", "text/csv")
                lines.append(CapturedRequest(f"event-{start}", END.replace(hour=8, minute=30), *sides).line())
            yield "\n".join(lines).encode()


def main(rows: int, mark: str) -> None:
    world, _ = released(1500)
    memory = Streaming(objects=dict(world.objects), release=world.release, rows=rows, mark=mark)
    begun = time.process_time()
    run(memory)
    report = latest(memory)
    told = {
        "rows": report.rows,
        "verdict": diagnose(report, POLICY).verdict.name,
        "violations": [f"{one.feature} {one.check}: {one.description}" for one in report.violations],
        "report_kb": len(report.to_json()) // 1024,
        "cpu_s": time.process_time() - begun,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), "x" if sys.argv[2:] == ["words"] else "")
