"""Bytes that nobody thought of, guided by coverage, into the three handlers: `make fuzz [SECONDS=60]`.

Whatever comes in is refused or understood, no other error gets out, and nothing is started beyond what one alarm may.
In every check Hypothesis does the same in small (test_messages.py, test_remediate_refused.py in `tests/lambdas`).
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from io import StringIO
from shutil import copy
from tempfile import mkdtemp

import atheris

with atheris.instrument_imports(include=["core.contracts", "core.remediation", "lambdas"]):
    from lambdas.failures import Refused, Unavailable
    from tests.lambdas.world import EVENTS, World

WORLD = World()


def one(data: bytes) -> None:
    body = data.decode("utf-8", "surrogateescape")
    with redirect_stdout(StringIO()):
        for handler in (WORLD.remediate, WORLD.settle, WORLD.promote):
            try:
                handler(body)
            except (Unavailable, Refused):
                continue
    WORLD.ledger.items = {key: row for key, row in WORLD.ledger.items.items() if "rejected" not in key.row}
    WORLD.faults.calls.clear()
    assert len(WORLD.pipelines.runs) <= 1, "an alarm of the team's own may start one run; the cooldown holds the next"
    assert WORLD.endpoints.deployments == []


def _seeds() -> list[str]:
    """A folder with the recorded events, which libFuzzer changes and adds to."""
    folder = mkdtemp()
    for path in EVENTS.glob("*.json"):
        copy(path, folder)
    return [folder]


if __name__ == "__main__":
    atheris.Setup([*sys.argv, *_seeds()], one)
    atheris.Fuzz()
