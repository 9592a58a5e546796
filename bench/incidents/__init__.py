"""Incidents in a simulated world, and what the monitor makes of them: docs/incidents.md."""
