"""What the function that answers alarms does, one event at a time."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from core.contracts.ledger import Key
from core.diagnosis import Verdict
from core.remediation.facts import NoEvidence
from core.remediation.outcomes import Outcome
from lambdas.remediate.hear import hear
from tests.lambdas.world import HOME, MODEL, World, recorded


@pytest.fixture
def world() -> World:
    return World()


def test_an_alarm_about_real_drift_starts_one_run_and_says_so(world: World) -> None:
    assert world.remediate(world.raise_alarm()) == "STARTED"
    (run,) = world.pipelines.runs
    assert run.parameters.train_on == "recent"
    assert run.parameters.recent_until == world.clock.header.isoformat()
    assert run.parameters.recent_from == (world.clock.header - timedelta(hours=2)).isoformat()
    assert run.parameters.episode == world.episode().id
    assert world.model.run is not None
    assert (world.model.run.execution_arn, world.model.attempts, world.model.spent_cents) == (run.arn, 1, 150)
    assert world.topic.outcomes == ["STARTED"]
    assert "1.50 USD" in world.topic.notices[0].text


def test_the_recorded_event_is_let_in(world: World) -> None:
    world.clock.now = world.clock.now.replace(minute=5)
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(json.dumps(recorded("alarm_raised"))) == "STARTED"


@pytest.mark.fault("F1")
def test_the_same_event_ten_times_is_one_run_and_one_message(world: World) -> None:
    body = world.raise_alarm()
    assert [world.remediate(body) for _ in range(10)] == ["STARTED"] + ["DUPLICATE"] * 9
    assert (len(world.pipelines.runs), world.topic.outcomes) == (1, ["STARTED"])


def test_token_and_display_name_are_what_the_service_takes(world: World) -> None:
    world.remediate(world.raise_alarm())
    (run,) = world.pipelines.runs
    assert re.fullmatch(r"[0-9a-f]{32,128}", run.token)
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}", run.name)


@pytest.mark.fault("F7")
@pytest.mark.parametrize("order", list(itertools.permutations(("quality", "drift", "attribution", "data"))))
def test_alarms_of_one_model_in_one_window_are_one_run_in_any_order(order: tuple[str, ...]) -> None:
    world = World()
    bodies = {kind: world.raise_alarm(kind) for kind in order}
    for kind in (*order, *order):
        world.remediate(bodies[kind])
    assert len(world.pipelines.runs) == 1
    outcomes = sorted(str(episode.outcome) for episode in world.episodes)
    assert outcomes == ["STARTED", *["SUPPRESSED_RUNNING"] * 3]
    assert (world.model.attempts, world.model.spent_cents, world.model.unannounced) == (1, 150, ())


@pytest.mark.fault("F11")
@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (Verdict.HEALTHY, "NOT_NEEDED"),
        (Verdict.BENIGN_DRIFT, "NOT_NEEDED"),
        (Verdict.INCONCLUSIVE, "BLOCKED_DATA"),
        (Verdict.LABELS_NEEDED, "BLOCKED_DATA"),
        (Verdict.UPSTREAM_FAULT, "BLOCKED_DATA"),
    ],
)
def test_only_real_drift_starts_a_run(world: World, verdict: Verdict, outcome: str) -> None:
    world.window(verdict)
    assert world.remediate(world.raise_alarm()) == outcome
    assert (world.pipelines.runs, world.topic.outcomes) == ([], [outcome])


def test_without_a_report_nothing_starts(world: World) -> None:
    world.findings.found = NoEvidence("The monitor has not left a report yet.")
    assert world.remediate(world.raise_alarm()) == "BLOCKED_DATA"


def test_a_report_about_the_model_before_proves_nothing(world: World) -> None:
    world.serve(world.registry.arn(2))
    assert world.remediate(world.raise_alarm()) == "NOT_NEEDED"


def test_a_report_from_days_ago_proves_nothing(world: World) -> None:
    world.clock.pass_(days=2)
    assert world.remediate(world.raise_alarm()) == "BLOCKED_DATA"


def test_before_the_first_release_nothing_starts(world: World) -> None:
    world.findings.releases.clear()
    assert world.remediate(world.raise_alarm()) == "NOT_NEEDED"
    assert (world.pipelines.runs, world.topic.outcomes) == ([], ["NOT_NEEDED"])


@pytest.mark.fault("F31")
@pytest.mark.parametrize("minutes", [-5, 5])
def test_clocks_that_differ_by_minutes_change_nothing(world: World, minutes: int) -> None:
    body = world.raise_alarm(at=world.clock.now + timedelta(minutes=minutes))
    assert [world.remediate(body), world.remediate(body)] == ["STARTED", "DUPLICATE"]


def test_a_decision_keeps_what_it_was_based_on(world: World) -> None:
    world.remediate(world.raise_alarm())
    row = world.episode()
    assert (row.verdict, row.report_end) == ("REAL_DRIFT", world.clock.header.isoformat())
    assert [entry.outcome for entry in row.history] == [Outcome.STARTED]
    assert HOME.account in row.source


@pytest.mark.fault("F35")
def test_a_model_that_is_not_in_the_teams_parameters_is_not_touched(world: World) -> None:
    body = world.raise_alarm()
    ports = replace(world.remediate_ports(), policies={})
    assert hear(body, ports) == "REJECTED_EVENT"
    assert world.ledger.peek(Key.of_model(MODEL)).model(MODEL).revision == 1
