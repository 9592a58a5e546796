"""A monitor that is silent: who is told, and when nobody is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.remediation.facts import NoEvidence
from tests.lambdas.world import SWEEP, World


@pytest.fixture
def world() -> World:
    return World()


def test_where_nothing_is_in_service_yet_a_silent_monitor_is_written_down_and_nobody_is_told(world: World) -> None:
    """As the alarm of each new environment: no data is what it waits for."""
    world.findings.releases.clear()
    body = world.raise_alarm("silence")
    assert world.remediate(body) == "NOT_NEEDED"
    world.sweep()
    assert world.remediate(body) == "DUPLICATE"
    assert (world.topic.notices, world.model.unannounced) == ([], ())
    (entry,) = world.episode("silence").history
    assert entry.why == "No model is in service yet, so the monitor has nothing to report."


def test_a_silence_after_the_first_release_is_told_although_the_one_before_was_not(world: World) -> None:
    (release,) = world.findings.releases
    world.findings.releases.clear()
    world.remediate(world.raise_alarm("silence"))
    released = replace(release, released_at=world.clock.header.isoformat())
    world.findings.releases.append(released)
    world.findings.found = NoEvidence("The monitor has not left a report yet.")
    world.clock.pass_(hours=3, seconds=1)
    world.remediate(SWEEP)
    assert world.topic.outcomes == ["MONITOR_SILENT"]


@pytest.mark.fault("F41")
def test_a_silent_monitor_is_told_once(world: World) -> None:
    world.clock.pass_(hours=3, seconds=1)
    world.remediate(SWEEP)
    world.remediate(SWEEP)
    assert world.remediate(world.raise_alarm("silence")) == "DUPLICATE"
    assert world.topic.outcomes == ["MONITOR_SILENT"]


def test_a_silence_that_was_doubted_at_first_is_told_when_it_lasts(world: World) -> None:
    world.clock.pass_(hours=2)
    assert world.remediate(world.raise_alarm("silence")) == "NOT_NEEDED"
    world.clock.pass_(hours=1, seconds=1)
    world.remediate(SWEEP)
    assert world.topic.outcomes == ["NOT_NEEDED", "MONITOR_SILENT"]


@pytest.mark.fault("F41")
def test_a_monitor_is_silent_also_where_it_never_reported(world: World) -> None:
    world.findings.found = NoEvidence("The monitor has not left a report yet.")
    world.remediate(SWEEP)
    assert world.topic.outcomes == ["MONITOR_SILENT"]


def test_a_monitor_that_reports_is_not_silent(world: World) -> None:
    world.clock.pass_(hours=3)
    world.remediate(SWEEP)
    assert world.episodes == []
