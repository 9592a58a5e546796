"""Mistakes that a change could make, each with the check that must notice it."""

from __future__ import annotations

from tests.wiring.faults import alarms, artifacts, code, events, governance, grants, kept

FAULTS = [
    *events.faults(),
    *alarms.faults(),
    *artifacts.faults(),
    *code.faults(),
    *governance.faults(),
    *grants.faults(),
    *kept.faults(),
]
