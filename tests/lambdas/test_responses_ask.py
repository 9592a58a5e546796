"""A person is asked before a run is started."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.diagnosis import Verdict
from core.remediation.approval import NotAnswered
from core.remediation.outcomes import Outcome
from tests.lambdas.alarmed import choosing
from tests.lambdas.fakes import NO_CAPACITY
from tests.lambdas.faults import Fault
from tests.lambdas.world import MODEL, POLICY, SWEEP, World
from tools import operate


@pytest.fixture
def asking() -> World:
    """A person is asked before a run."""
    return World(choosing("ask", approval_s=24 * 3600))


def test_a_person_is_asked_and_nothing_starts_before_they_say_yes(asking: World) -> None:
    assert asking.remediate(asking.raise_alarm()) == "APPROVAL_PENDING"
    asking.remediate(SWEEP)
    assert (asking.pipelines.runs, asking.model.spent_cents, asking.model.claim) == ([], 0, None)
    (told,) = asking.topic.notices
    assert told.attributes["urgency"] == "action"
    assert "make approve TEAM=demo ENV=dev CODE=" in told.text
    asking.answer(yes=True)
    asking.remediate(SWEEP)
    (run,) = asking.pipelines.runs
    assert (asking.episode().outcome, asking.episode().execution_arn) == (Outcome.STARTED, run.arn)
    assert "grace approved it" in asking.topic.notices[-1].text
    assert asking.model.asked == ""


def test_what_is_started_is_what_was_asked_about(asking: World) -> None:
    asking.remediate(asking.raise_alarm())
    asked = asking.episode()
    asking.answer(yes=True)
    asking.clock.pass_(hours=1)
    asking.window(Verdict.REAL_DRIFT, train_on="all")
    asking.remediate(SWEEP)
    (run,) = asking.pipelines.runs
    assert (run.parameters.train_on, run.parameters.recent_until) == (asked.train_on, asked.recent_until)


def test_a_person_who_declines_is_not_asked_again_for_this_alarm(asking: World) -> None:
    asking.remediate(asking.raise_alarm())
    asking.answer(yes=False)
    asking.clock.pass_(hours=2)
    asking.window(Verdict.REAL_DRIFT)
    asking.remediate(SWEEP)
    assert (asking.pipelines.runs, [episode.outcome for episode in asking.episodes]) == ([], [Outcome.DECLINED])
    assert asking.topic.outcomes == ["APPROVAL_PENDING", "DECLINED"], "the team hears what one of them said"


def test_a_question_that_nobody_answers_runs_out_and_is_asked_anew_while_the_alarm_stands(asking: World) -> None:
    asking.remediate(asking.raise_alarm())
    first = asking.episode().id
    asking.clock.pass_(hours=24, seconds=1)
    asking.window(Verdict.HEALTHY)
    asking.remediate(SWEEP)
    assert asking.topic.outcomes == ["APPROVAL_PENDING", "EXPIRED"]
    asking.clock.pass_(hours=1)
    asking.window(Verdict.REAL_DRIFT)
    asking.remediate(SWEEP)
    assert asking.topic.outcomes == ["APPROVAL_PENDING", "EXPIRED", "APPROVAL_PENDING"]
    assert asking.model.asked not in ("", first)


def test_an_answer_that_comes_too_late_changes_nothing_and_says_so(asking: World) -> None:
    asking.remediate(asking.raise_alarm())
    asking.clock.pass_(hours=24, seconds=1)
    with pytest.raises(NotAnswered, match=r"too late\. Nobody approved it until"):
        asking.answer(yes=True)
    asking.remediate(SWEEP)
    assert asking.pipelines.runs == []


def test_a_second_answer_changes_nothing_and_says_who_was_first(asking: World) -> None:
    asking.remediate(asking.raise_alarm())
    asking.answer(yes=True, by="grace")
    with pytest.raises(NotAnswered, match="grace approved it at 2026-11-20 12:00"):
        asking.answer(yes=False, by="alan")
    asking.remediate(SWEEP)
    assert len(asking.pipelines.runs) == 1


def test_an_approval_after_another_run_has_begun_is_refused(asking: World) -> None:
    asking.remediate(asking.raise_alarm())
    row = asking.model
    asking.policy = POLICY
    asking.ledger.put(replace(row, asked=""))
    asking.remediate(asking.raise_alarm("drift"))
    asking.ledger.put(replace(asking.model, asked=row.asked))
    with pytest.raises(NotAnswered, match="has begun since"):
        asking.answer(yes=True)


def test_another_code_than_that_of_the_question_is_refused(asking: World) -> None:
    asking.remediate(asking.raise_alarm())
    for told in ("0" * 12, "", "../../etc", "0" * 11 + "\n"):
        with pytest.raises(NotAnswered):
            operate.approve(asking.ledger, MODEL, asking.model.asked, told, "grace")
    assert asking.episode().approval is not None
    assert not asking.episode().approval.granted  # type: ignore[union-attr]


def test_an_approval_is_about_the_model_that_was_in_service(asking: World) -> None:
    asking.remediate(asking.raise_alarm())
    asking.ledger.put(replace(asking.model, in_service=7))
    with pytest.raises(NotAnswered, match="Version 7 was put into service since version 1 was asked about"):
        asking.answer(yes=True)
    asking.remediate(SWEEP)
    assert asking.episode().outcome is Outcome.EXPIRED


@pytest.mark.parametrize("limit", ["freeze", "cooldown", "running", "budget", "circuit", "broken data"])
def test_an_approved_run_is_held_by_every_limit_as_any_other(asking: World, limit: str) -> None:
    asking.remediate(asking.raise_alarm())
    asking.answer(yes=True)
    row = asking.model
    match limit:
        case "freeze":
            asking.freeze("incident 7")
        case "cooldown":
            asking.ledger.put(replace(row, starts=(asking.clock.header - timedelta(hours=1),)))
        case "running":
            by_hand = World(POLICY)
            by_hand.remediate(by_hand.raise_alarm())
            asking.pipelines.runs += [replace(run, name="by-hand") for run in by_hand.pipelines.runs]
        case "budget":
            asking.ledger.put(replace(row, month="2026-11", spent_cents=5000))
        case "circuit":
            asking.ledger.put(replace(row, attempts=3))
        case "broken data":
            asking.window(Verdict.UPSTREAM_FAULT)
    before = len(asking.pipelines.runs)
    asking.remediate(SWEEP)
    asking.remediate(SWEEP)
    assert len(asking.pipelines.runs) == before
    assert asking.topic.outcomes[0] == "APPROVAL_PENDING"
    assert len(asking.topic.outcomes) == 2, "who approved it hears what holds it"


def test_an_approved_run_starts_when_what_held_it_is_over(asking: World) -> None:
    asking.remediate(asking.raise_alarm())
    asking.answer(yes=True)
    asking.ledger.put(replace(asking.model, starts=(asking.clock.header - timedelta(hours=5),)))
    asking.recover()
    asking.remediate(SWEEP)
    assert asking.episodes[0].outcome is Outcome.SUPPRESSED_COOLDOWN
    asking.clock.pass_(hours=2)
    asking.window(Verdict.REAL_DRIFT)
    asking.remediate(SWEEP)
    assert (asking.episodes[0].outcome, len(asking.pipelines.runs)) == (Outcome.STARTED, 1)


def test_an_approval_does_not_last_for_ever(asking: World) -> None:
    asking.remediate(asking.raise_alarm())
    asking.answer(yes=True)
    asking.freeze("incident 7")
    asking.remediate(SWEEP)
    asking.clock.pass_(hours=25)
    asking.freeze("")
    asking.recover()
    asking.window(Verdict.REAL_DRIFT)
    asking.remediate(SWEEP)
    assert (asking.episodes[0].outcome, asking.pipelines.runs, asking.model.asked) == (Outcome.EXPIRED, [], "")
    assert "grace approved it, but until" in asking.episodes[0].why


def test_an_approved_run_without_capacity_is_tried_again_also_when_its_alarm_has_recovered(asking: World) -> None:
    asking.remediate(asking.raise_alarm())
    asking.recover()
    asking.answer(yes=True)
    asking.pipelines.refusals = [NO_CAPACITY]
    asking.remediate(SWEEP)
    assert asking.episodes[0].outcome is Outcome.DEFERRED_QUOTA
    asking.clock.pass_(minutes=16)
    asking.remediate(SWEEP)
    assert (asking.episodes[0].outcome, len(asking.pipelines.runs)) == (Outcome.STARTED, 1)


def test_one_question_at_a_time(asking: World) -> None:
    asking.remediate(asking.raise_alarm("quality"))
    assert asking.remediate(asking.raise_alarm("drift")) == "SUPPRESSED_RUNNING"
    assert asking.topic.outcomes.count("APPROVAL_PENDING") == 1


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("index", range(24))
def test_a_fault_at_any_call_from_the_question_to_the_start_is_one_run(index: int, fault: Fault) -> None:
    world = World(choosing("ask"))
    body = world.raise_alarm()
    world.faults.plan = {index: fault}
    world.delivered(world.remediate, body)
    for _ in range(6):
        if world.model.asked and world.newest().outcome is Outcome.APPROVAL_PENDING:
            world.delivered(lambda _: world.answer(yes=True) if not _granted(world) else None, "")
        world.delivered(world.remediate, SWEEP)
    world.clock.pass_(minutes=61)
    world.delivered(world.remediate, SWEEP)
    assert (len(world.pipelines.runs), world.newest().outcome) == (1, Outcome.STARTED)
    assert (world.model.attempts, world.model.spent_cents, world.model.unannounced) == (1, 150, ())
    assert set(world.topic.outcomes) == {"APPROVAL_PENDING", "STARTED"}


def _granted(world: World) -> bool:
    approval = world.newest().approval
    return approval is not None and approval.granted
