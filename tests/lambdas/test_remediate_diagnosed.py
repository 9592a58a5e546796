"""From the monitor's own report to the start, or none: nothing between the two is told in advance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.contracts.reports import COMPLETENESS, CONSISTENCY, MISSING_COLUMN, FeatureReport, QualityReport, Violation
from core.diagnosis import diagnose
from core.remediation.facts import Evidence
from tests.lambdas.world import POLICY, SWEEP, World, report

CALM = FeatureReport("age", 1.0, 1.0, 0.01, 0.3, 0.3, 0.01)


@pytest.fixture
def world() -> World:
    return World()


def measured(world: World, **found: Any) -> None:
    """The report of the window that ended now, with what the monitor measured in it."""
    assert world.findings.in_service is not None
    calm = report(world.clock.header, world.findings.in_service.package_arn)
    newest = replace(calm, **{"features": (CALM,), **found})
    world.findings.found = Evidence(newest, diagnose(newest, POLICY.watch))


def quality(labels: int) -> dict[str, Any]:
    """The model is wrong far more often than at its release, as so many labels say."""
    low, high = 0.55, 0.65
    return {"quality": QualityReport("accuracy", 0.60, low, high, 0.81, labels), "labels": labels}


@pytest.mark.fault("F12")
def test_late_labels_start_nothing_until_there_are_enough_of_them_and_then_one_run(world: World) -> None:
    measured(world, **quality(POLICY.watch.minimum_labels - 1))
    assert world.remediate(world.raise_alarm("quality")) == "NOT_NEEDED"
    assert world.pipelines.runs == []
    world.clock.pass_(hours=1)
    measured(world, **quality(POLICY.watch.minimum_labels))
    for _ in range(2):
        world.remediate(SWEEP)
    assert (len(world.pipelines.runs), world.topic.outcomes) == (1, ["NOT_NEEDED", "STARTED"])


@pytest.mark.fault("F12")
def test_where_labels_never_come_a_model_that_answers_otherwise_asks_a_person_for_them(world: World) -> None:
    measured(world, features=(replace(CALM, drift=0.4, attribution_drift=0.4),))
    assert world.remediate(world.raise_alarm("attribution")) == "BLOCKED_DATA"
    (notice,) = world.topic.notices
    assert (world.pipelines.runs, notice.attributes["urgency"]) == ([], "action")


@pytest.mark.fault("F11")
@pytest.mark.parametrize("check", [COMPLETENESS, MISSING_COLUMN, CONSISTENCY])
def test_a_source_that_breaks_while_quality_falls_is_named_and_nothing_is_trained_on_it(
    world: World, check: str
) -> None:
    broken = Violation("age", check, "not as at its release")
    measured(world, violations=(broken,), **quality(400))
    assert world.remediate(world.raise_alarm("quality")) == "BLOCKED_DATA"
    world.clock.pass_(hours=7)
    measured(world, violations=(broken,), **quality(400))
    world.remediate(SWEEP)
    (notice,) = world.topic.notices
    assert (world.pipelines.runs, notice.attributes["urgency"]) == ([], "action")
    assert f"age: not as at its release ({check})" in notice.text
    world.clock.pass_(hours=1)
    measured(world, violations=(), **quality(400))
    world.remediate(SWEEP)
    assert len(world.pipelines.runs) == 1, "a source that is mended is learned from"
