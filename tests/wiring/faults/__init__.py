"""Mistakes that a change could make, each with the check that must notice it."""

from __future__ import annotations

from tests.wiring.faults import alarms, code, events, grants, kept

FAULTS = [*events.faults(), *alarms.faults(), *code.faults(), *grants.faults(), *kept.faults()]
