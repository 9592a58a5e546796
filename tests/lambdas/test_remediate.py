"""What the function that answers alarms does, one event at a time."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.ledger import Key
from core.contracts.policy import ModelPolicy
from core.diagnosis import Verdict
from core.remediation.facts import NoEvidence
from core.remediation.outcomes import Outcome
from core.remediation.rows import RejectedRow
from lambdas.failures import Unavailable
from lambdas.remediate.hear import hear
from tests.lambdas.fakes import CONFLICT, NO_CAPACITY, REFUSED
from tests.lambdas.faults import Fault
from tests.lambdas.world import HOME, MODEL, POLICY, SWEEP, World, recorded


@pytest.fixture
def world() -> World:
    return World()


def policy(**retrain: object) -> ModelPolicy:
    return replace(POLICY, retrain=replace(POLICY.retrain, **retrain))  # type: ignore[arg-type]


def cut_off(world: World, call: str, fault: Fault) -> str:
    """An alarm is delivered once, and its first call of this name goes wrong; returns the event's body."""
    rehearsal = World()
    rehearsal.remediate(rehearsal.raise_alarm())
    world.faults.plan = {rehearsal.faults.calls.index(call): fault}
    body = world.raise_alarm()
    world.delivered(world.remediate, body, deliveries=1)
    return body


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


def test_a_freeze_of_the_team_holds_everything_back(world: World) -> None:
    world.freeze("incident 7")
    assert world.remediate(world.raise_alarm()) == "BLOCKED_FREEZE"
    assert world.pipelines.runs == []


@pytest.mark.fault("F39")
def test_a_freeze_that_commits_between_reading_and_claim_wins(world: World) -> None:
    """The claim's transaction names the team's row as it was read."""

    def freeze_first(call: str) -> None:
        if call == "ledger.commit" and not world.team.frozen:
            world.freeze("incident 7")

    world.faults.pause = freeze_first
    assert world.remediate(world.raise_alarm()) == "BLOCKED_FREEZE"
    assert world.pipelines.runs == []


@pytest.mark.fault("F9")
def test_a_run_that_a_person_started_suppresses_another(world: World) -> None:
    world.remediate(world.raise_alarm())
    run = world.pipelines.runs[0]
    run.name, run.status = "by-hand", "Stopping"
    world.ledger.items.clear()
    assert world.remediate(world.raise_alarm("drift")) == "SUPPRESSED_RUNNING"


def test_an_unknown_status_is_one_that_has_not_ended(world: World) -> None:
    world.remediate(world.raise_alarm())
    world.pipelines.runs[0].status = "ThoughtOfLater"
    world.ledger.items.clear()
    assert world.remediate(world.raise_alarm("drift")) == "SUPPRESSED_RUNNING"


def test_the_cooldown_counts_from_the_recorded_start(world: World) -> None:
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.clock.pass_(hours=6)
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm("drift")) == "SUPPRESSED_COOLDOWN"
    world.clock.pass_(seconds=1)
    assert world.remediate(world.raise_alarm("attribution")) == "STARTED"


@pytest.mark.fault("F4", "F5")
def test_a_flapping_alarm_starts_one_run_in_a_cooldown(world: World) -> None:
    for _ in range(10):
        world.remediate(world.raise_alarm())
        world.recover()
        world.clock.pass_(minutes=10)
        world.window(Verdict.REAL_DRIFT)
    assert (len(world.pipelines.runs), len(world.episodes)) == (1, 10)


def test_after_enough_starts_in_a_day_a_person_is_called() -> None:
    world = World(policy(cooldown_s=0, starts_per_day=2, attempts_without_improvement=9))
    for expected in ("STARTED", "STARTED", "SUPPRESSED_COOLDOWN"):
        world.clock.pass_(hours=1)
        world.window(Verdict.REAL_DRIFT)
        assert world.remediate(world.raise_alarm()) == expected
        world.end_run(world.pipelines.runs[-1], "Failed")
        world.settle()
    assert "limit" in world.episode().why


@pytest.mark.fault("F5", "F10")
def test_runs_that_bring_no_better_model_open_the_circuit() -> None:
    world = World(policy(cooldown_s=0, starts_per_day=9, attempts_without_improvement=3))
    for _ in range(3):
        world.clock.pass_(hours=1)
        world.window(Verdict.REAL_DRIFT)
        world.remediate(world.raise_alarm())
        world.end_run(world.pipelines.runs[-1], "Failed", gate="not better: 0.70 against 0.71")
        world.settle()
    world.clock.pass_(hours=1)
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm()) == "CIRCUIT_OPEN"
    assert (len(world.pipelines.runs), world.topic.notices[-1].attributes["urgency"]) == (3, "action")


@pytest.mark.fault("F38")
def test_no_run_starts_that_could_exceed_the_budget() -> None:
    world = World(policy(run_cost_usd=20.004, monthly_budget_usd=40))
    world.remediate(world.raise_alarm())
    assert world.model.spent_cents == 2001
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.clock.pass_(hours=7)
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm("drift")) == "BLOCKED_BUDGET"


def test_a_new_month_has_a_new_budget() -> None:
    world = World(policy(run_cost_usd=30, monthly_budget_usd=40))
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.clock.pass_(days=11)
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm("drift")) == "STARTED"
    assert world.model.spent_cents == 3000


@pytest.mark.fault("F14")
def test_no_capacity_is_tried_again_with_the_same_token_and_uses_neither_cooldown_nor_budget(world: World) -> None:
    world.pipelines.refusals = [NO_CAPACITY, NO_CAPACITY]
    body = world.raise_alarm()
    assert world.remediate(body) == "DEFERRED_QUOTA"
    assert (world.model.claim, world.model.starts, world.model.spent_cents) == (None, (), 0)
    world.remediate(SWEEP)
    assert len(world.pipelines.refusals) == 1, "it was tried again before its time"
    world.clock.pass_(minutes=15)
    world.remediate(SWEEP)
    assert world.episodes[0].deferrals == 2
    world.clock.pass_(minutes=30)
    world.remediate(SWEEP)
    assert (world.episodes[0].outcome, len(world.pipelines.runs)) == (Outcome.STARTED, 1)


@pytest.mark.fault("F14")
def test_no_capacity_for_good_ends_the_episode(world: World) -> None:
    world.pipelines.refusals = [NO_CAPACITY] * 20
    world.remediate(world.raise_alarm())
    for _ in range(8):
        world.clock.pass_(days=1)
        world.window(Verdict.REAL_DRIFT)
        world.remediate(SWEEP)
    assert world.episodes[0].outcome is Outcome.FAILED_RUN
    assert "No capacity in 6 tries" in world.episodes[0].why


@pytest.mark.fault("F37")
def test_a_deleted_pipeline_creates_nothing(world: World) -> None:
    world.pipelines.exists = False
    assert world.remediate(world.raise_alarm()) == "TARGET_GONE"
    world.remediate(SWEEP)
    assert (world.model.claim, world.pipelines.runs, world.topic.outcomes) == (None, [], ["TARGET_GONE"])


def test_a_pipeline_deleted_after_the_claim_gives_the_claim_back(world: World) -> None:
    def delete_it(call: str) -> None:
        world.pipelines.exists = call != "pipelines.start"

    world.faults.pause = delete_it
    assert world.remediate(world.raise_alarm()) == "TARGET_GONE"
    assert world.model.claim is None


def test_a_start_that_is_refused_for_good_does_not_hold_the_model(world: World) -> None:
    world.pipelines.refusals = [REFUSED]
    assert world.remediate(world.raise_alarm()) == "FAILED_RUN"
    assert (world.model.claim, world.model.attempts, world.model.spent_cents) == (None, 1, 0)


@pytest.mark.fault("F15")
def test_after_a_conflict_the_run_is_looked_for_and_asked_for_once_more(world: World) -> None:
    world.pipelines.refusals = [CONFLICT]
    assert world.remediate(world.raise_alarm()) == "STARTED"
    assert world.faults.calls.count("pipelines.start") == 2


def test_after_two_conflicts_a_later_delivery_finds_out(world: World) -> None:
    world.pipelines.refusals = [CONFLICT, CONFLICT]
    body = world.raise_alarm()
    with pytest.raises(Unavailable):
        world.remediate(body)
    assert world.remediate(body) == "STARTED"
    assert len(world.pipelines.runs) == 1


@pytest.mark.fault("F24")
def test_a_run_is_found_by_its_name_when_the_service_has_forgotten_the_token(world: World) -> None:
    cut_off(world, "pipelines.start", Fault.CRASH_AFTER)
    world.pipelines.tokens_forgotten = True
    world.clock.pass_(hours=2)
    world.remediate(SWEEP)
    assert (len(world.pipelines.runs), world.episodes[0].outcome) == (1, Outcome.STARTED)


def test_a_freeze_stops_a_claim_that_was_not_started_once_its_handler_had_its_time(world: World) -> None:
    """Before that the handler may be about to start: a claim that is given up then is a run that nobody records."""
    body = cut_off(world, "pipelines.start", Fault.CRASH_BEFORE)
    world.freeze("incident 7")
    world.remediate(body)
    assert (world.pipelines.runs, world.model.claim is None) == ([], False)
    world.clock.pass_(minutes=60)
    world.remediate(SWEEP)
    assert (world.pipelines.runs, world.model.claim) == ([], None)
    assert world.episodes[0].outcome is Outcome.BLOCKED_FREEZE


def test_the_sweep_leaves_a_claim_to_its_handler_until_the_lease_is_over(world: World) -> None:
    cut_off(world, "pipelines.start", Fault.CRASH_BEFORE)
    world.clock.pass_(minutes=59)
    world.remediate(SWEEP)
    assert world.pipelines.runs == []
    world.clock.pass_(minutes=1)
    world.remediate(SWEEP)
    assert len(world.pipelines.runs) == 1


def test_a_lapsed_claim_is_taken_up_also_where_its_alarm_has_recovered(world: World) -> None:
    cut_off(world, "pipelines.start", Fault.CRASH_AFTER)
    world.recover()
    world.clock.pass_(minutes=60)
    world.remediate(SWEEP)
    assert (world.model.claim, world.topic.outcomes, len(world.pipelines.runs)) == (None, ["STARTED"], 1)


def test_another_alarm_does_not_take_a_lapsed_claim_over(world: World) -> None:
    cut_off(world, "pipelines.start", Fault.CRASH_AFTER)
    world.clock.pass_(hours=2)
    assert world.remediate(world.raise_alarm("drift")) == "SUPPRESSED_RUNNING"
    world.remediate(SWEEP)
    assert [run.parameters.episode for run in world.pipelines.runs] == [
        episode.id for episode in world.episodes if episode.outcome is Outcome.STARTED
    ]


@pytest.mark.fault("F20")
def test_an_alarm_that_nobody_heard_is_opened_by_the_sweep(world: World) -> None:
    world.raise_alarm()
    world.remediate(SWEEP)
    assert world.episode().outcome is Outcome.STARTED


@pytest.mark.parametrize("rounded", [-1, 0, 1])
def test_the_sweep_and_the_event_mean_the_same_episode(world: World, rounded: int) -> None:
    """The event cuts milliseconds off, DescribeAlarms may round them."""
    body = world.raise_alarm()
    (alarm,) = world.alarms.raised
    world.alarms.raised = [replace(alarm, since=alarm.since + timedelta(seconds=rounded))]
    world.remediate(body)
    world.remediate(SWEEP)
    assert len(world.episodes) == 1


@pytest.mark.fault("F9")
def test_an_alarm_suppressed_by_a_run_is_looked_at_again_at_its_end(world: World) -> None:
    world.remediate(world.raise_alarm("quality"))
    world.remediate(world.raise_alarm("drift"))
    at = world.clock.now
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.recover("quality")
    world.clock.pass_(hours=7)
    world.window(Verdict.REAL_DRIFT)
    world.remediate(SWEEP)
    assert world.episode("drift", at).outcome is Outcome.STARTED
    assert len(world.pipelines.runs) == 2


@pytest.mark.fault("F26")
def test_an_alarm_that_stands_after_a_failed_run_gets_another_round_after_the_cooldown(world: World) -> None:
    at = world.clock.now
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.remediate(SWEEP)
    assert len(world.episodes) == 1, "no new evidence, no new round"
    world.clock.pass_(hours=1)
    world.window(Verdict.REAL_DRIFT)
    world.remediate(SWEEP)
    assert len(world.episodes) == 1, "a round is not opened to say that it waits"
    world.clock.pass_(hours=6)
    world.window(Verdict.REAL_DRIFT)
    world.remediate(SWEEP)
    assert world.episode(at=at, round=2).outcome is Outcome.STARTED
    assert world.pipelines.runs[0].token != world.pipelines.runs[1].token


@pytest.mark.fault("F26")
def test_a_failed_run_is_not_repeated_on_the_window_that_led_to_it() -> None:
    world = World(policy(cooldown_s=0))
    world.remediate(world.raise_alarm())
    world.clock.pass_(minutes=30)
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    world.remediate(SWEEP)
    assert len(world.pipelines.runs) == 1
    world.clock.pass_(minutes=30)
    world.window(Verdict.REAL_DRIFT)
    world.remediate(SWEEP)
    assert len(world.pipelines.runs) == 2


def test_what_a_sweep_finds_unneeded_is_not_told_again(world: World) -> None:
    world.window(Verdict.UPSTREAM_FAULT)
    world.remediate(world.raise_alarm())
    world.clock.pass_(hours=1)
    world.window(Verdict.HEALTHY)
    world.remediate(SWEEP)
    assert world.episodes[0].outcome is Outcome.NOT_NEEDED
    assert world.topic.outcomes == ["BLOCKED_DATA"]


@pytest.mark.fault("F43")
def test_after_a_release_an_alarm_that_still_stands_waits_for_the_new_models_report(world: World) -> None:
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0])
    world.sweep()
    world.endpoints.finish(well=True)
    world.sweep()
    assert world.episodes[0].outcome is Outcome.PROMOTED
    world.clock.pass_(hours=2)
    world.remediate(SWEEP)
    world.window(Verdict.HEALTHY)
    world.remediate(SWEEP)
    assert (len(world.pipelines.runs), world.topic.outcomes) == (1, ["STARTED", "PROMOTED"])


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


@pytest.mark.fault("F22")
def test_an_outcome_that_could_not_be_announced_is_announced_by_the_sweep(world: World) -> None:
    cut_off(world, "topic.publish", Fault.REQUEST_LOST)
    assert (world.topic.notices, world.model.unannounced) == ([], (world.episode().id,))
    world.remediate(SWEEP)
    world.remediate(SWEEP)
    assert world.topic.outcomes == ["STARTED"]
    assert world.episode().telling == ()


@pytest.mark.fault("F16", "F22")
@pytest.mark.parametrize(("killed", "copies"), [(Fault.CRASH_BEFORE, 1), (Fault.CRASH_AFTER, 2)])
def test_a_handler_that_dies_while_it_publishes_keeps_its_turn_until_the_lease_is_over(
    world: World, killed: Fault, copies: int
) -> None:
    body = cut_off(world, "topic.publish", killed)
    for again in (body, SWEEP, body):
        world.remediate(again)
    assert len(world.topic.notices) == copies - 1, "it might still be about to publish"
    world.clock.pass_(hours=1)
    for again in (SWEEP, body, SWEEP):
        world.remediate(again)
    assert world.topic.outcomes == ["STARTED"] * copies
    assert len({(notice.attributes["dedup"], notice.text) for notice in world.topic.notices}) == 1
    assert (world.model.unannounced, world.newest().telling) == ((), ())


def test_one_outcome_that_is_about_to_be_told_does_not_hold_the_next_one_back(world: World) -> None:
    cut_off(world, "topic.publish", Fault.CRASH_BEFORE)
    world.end_run(world.pipelines.runs[0], "Failed")
    world.settle()
    assert world.topic.outcomes == ["FAILED_RUN"]
    world.clock.pass_(hours=1)
    world.remediate(SWEEP)
    assert world.topic.outcomes == ["FAILED_RUN", "STARTED"]


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
