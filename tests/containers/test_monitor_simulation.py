"""The incidents of docs/incidents.md, one window each: who sees what, and the verdict."""

from __future__ import annotations

import pytest

from bench.incidents.catalogue import INCIDENTS
from bench.incidents.measure import MANY, Seen, seen
from bench.incidents.world import monitored, released

pytestmark = pytest.mark.slow  # trains two models of 200 trees

EXPECTED: dict[str, tuple[set[str], str, str]] = {
    # what must see it, the verdict without labels, and with them
    "none": (set(), "HEALTHY (none)", "HEALTHY (none)"),
    "unimportant shift": (
        {"distribution", "multivariate"},
        "BENIGN_DRIFT (data drift)",
        "BENIGN_DRIFT (virtual drift)",
    ),
    "important shift": (
        {"distribution", "attribution", "multivariate"},
        "LABELS_NEEDED (data drift)",
        "REAL_DRIFT (data drift)",
    ),
    "coverage loss": (
        {"checks", "attribution", "multivariate"},
        "UPSTREAM_FAULT (unclear)",
        "UPSTREAM_FAULT (unclear)",
    ),
    "interaction change": ({"multivariate"}, "", ""),
    "join bug": ({"quality"}, "HEALTHY (none)", "REAL_DRIFT (real drift)"),
    "concept drift": ({"quality"}, "HEALTHY (none)", "REAL_DRIFT (real drift)"),
    "additive multivariate drift": (
        {"multivariate"},
        "BENIGN_DRIFT (data drift)",
        "BENIGN_DRIFT (virtual drift)",
    ),
    "sign bug": ({"quality"}, "HEALTHY (none)", "REAL_DRIFT (real drift)"),
    "group turned": ({"bias"}, "HEALTHY (none)", ""),
    "XOR": ({"attribution", "multivariate"}, "LABELS_NEEDED (data drift)", "REAL_DRIFT (data drift)"),
}
"""An empty verdict depends on the draw: the incident lies near a threshold."""


@pytest.mark.parametrize("incident", INCIDENTS, ids=[incident.name for incident in INCIDENTS])
def test_an_incident_is_seen_by_what_should_see_it_and_gets_its_verdict(incident) -> None:
    watched = released(incident.world)
    found: Seen = seen(watched, monitored(watched, incident.window(MANY, 77)))
    monitors, unlabelled, labelled = EXPECTED[incident.name]
    assert monitors <= found.monitors
    assert unlabelled in ("", found.unlabelled)
    assert labelled in ("", found.labelled)
    if incident.name == "none":
        assert not found.monitors
