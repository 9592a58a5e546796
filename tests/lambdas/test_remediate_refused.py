"""Events that are not let in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.remediation.rows import RejectedRow
from tests.lambdas.world import World, recorded


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.fault("F31", "F34", "F35", "F36")
@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("account", "999999999999"),
        ("region", "eu-west-1"),
        ("resources", ["arn:aws:cloudwatch:us-east-1:111122223333:alarm:other-dev-progression-quality"]),
        ("detail.alarmName", "other-dev-progression-quality"),
        ("detail.alarmName", "demo-dev-progression-errors"),
        ("detail.alarmName", "../demo-dev-progression-quality\n$(id)"),
        ("detail.state.value", "OK"),
        ("detail.state.timestamp", "2026-11-18T12:00:00.000+0000"),
        ("detail.state.timestamp", "2026-11-20T13:00:00.000+0000"),
        ("detail.state.timestamp", "yesterday"),
        ("source", "aws.sagemaker"),
        ("detail", None),
    ],
)
def test_an_event_that_is_not_this_teams_is_quarantined_and_touches_nothing(
    world: World, part: str, value: object
) -> None:
    event = json.loads(world.raise_alarm())
    world.recover()
    *path, last = part.split(".")
    inner = event
    for name in path:
        inner = inner[name]
    inner[last] = value
    assert world.remediate(json.dumps(event)) == "REJECTED_EVENT"
    assert world.remediate(json.dumps(event)) == "REJECTED_EVENT"
    rows = world.ledger.peek(*world.ledger.items).rows.values()
    (row,) = [row for row in rows if isinstance(row, RejectedRow)]
    assert (world.episodes, world.model.revision) == ([], 1)
    assert row.head.startswith('{"version"')
    assert not [call for call in world.faults.calls if call.startswith(("pipelines", "topic"))]


@pytest.mark.fault("F32", "F35")
@given(st.one_of(st.text(), st.recursive(st.none() | st.text(), lambda e: st.lists(e) | st.dictionaries(st.text(), e))))
def test_any_text_at_all_is_refused_and_starts_nothing(value: object) -> None:
    world = World()
    body = value if isinstance(value, str) else json.dumps(value)
    assert world.remediate(body) == "REJECTED_EVENT"
    assert "pipelines.start" not in world.faults.calls


@pytest.mark.fault("F32", "F33")
@pytest.mark.parametrize("body", ["[" * 30_000, '{"a":' * 9_000, "x" * 70_000, "\ud800", "", "nul"])
def test_deep_large_and_broken_bodies_are_refused(world: World, body: str) -> None:
    assert world.remediate(body) == "REJECTED_EVENT"


def test_the_recovery_of_an_alarm_is_none_of_its_events(world: World) -> None:
    assert world.remediate(json.dumps(recorded("alarm_recovered"))) == "REJECTED_EVENT"
