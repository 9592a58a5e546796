"""Bytes that nobody thought of, guided by coverage, into the readers of captured requests: `make fuzz OF=captures`.

Whatever lies in a file, neither reader raises, and the compiled one makes of it, bit by bit, what the general one does.
In every check Hypothesis does the same in small (test_scanner.py in `tests/containers`).
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import mkdtemp

import atheris

with atheris.instrument_imports(include=["containers.monitor", "core.contracts.capture"]):
    from tests.containers.scanning import captured, compiled, general

ENDS = (captured("0,0,0"), captured("9,9,9"))
"""A line that is whole stands before and after: what is damaged must not reach into it."""
SEEDS = (
    captured(),
    captured(spaces=True),
    captured("1,2,3\n4,5,6", "1,0.75\n0,0.125"),
    captured("-1e-7,,nan", "0,1", name="id"),
    captured("1,2,3").replace(b"Z", b".123456Z"),
    captured("MSwyLDM=", "MSwwLjU=").replace(b'"CSV"', b'"BASE64"'),
    captured("[[1,2,3]]").replace(b"text/csv", b"application/json").replace(b'"CSV"', b'"JSON"'),
    captured("1,2\n").replace(b"2026", b"2126"),
)


def one(data: bytes) -> None:
    block = b"\n".join((ENDS[0], data, ENDS[1]))
    assert compiled(block) == general(block), "the readers disagree"


def _seeds() -> list[str]:
    """A folder with lines of every form, which libFuzzer changes and adds to."""
    folder = Path(mkdtemp())
    for number, line in enumerate(SEEDS):
        (folder / f"{number}.jsonl").write_bytes(line)
    return [str(folder)]


if __name__ == "__main__":
    atheris.Setup([*sys.argv, *_seeds()], one)
    atheris.Fuzz()
