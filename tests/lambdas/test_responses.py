"""What a team can choose to be done about a verdict: ask, put back, fall back, notify, freeze."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.contracts.policy import ModelPolicy, Response
from core.diagnosis import Verdict
from core.remediation.approval import NotAnswered
from core.remediation.outcomes import Outcome
from core.remediation.parts import LEASE
from core.remediation.promotion import release_name
from lambdas.failures import NotThere, Refused, Unavailable
from tests.lambdas.fakes import NO_CAPACITY
from tests.lambdas.faults import Fault
from tests.lambdas.world import BETTER, MODEL, NAMES, POLICY, SWEEP, World
from tools import operate


def choosing(response: Response, verdict: Verdict = Verdict.REAL_DRIFT, **retrain: Any) -> ModelPolicy:
    return replace(POLICY, retrain=replace(POLICY.retrain, responses={verdict.value: response}, **retrain))


@pytest.fixture
def asking() -> World:
    """A person is asked before a run."""
    return World(choosing("ask", approval_s=24 * 3600))


@pytest.fixture
def returning() -> World:
    """Version 2 is in service, and real drift puts version 1 back."""
    world = World(choosing("rollback"))
    world.release_second()
    return world


# Ask a person first.


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


# Put the version back that served before.


def test_real_drift_puts_the_earlier_version_back_and_blocks_what_is_taken_out(returning: World) -> None:
    assert returning.remediate(returning.raise_alarm()) == "SWITCHING"
    assert (returning.pipelines.runs, returning.releases.told) == ([], [MODEL])
    assert returning.promote(SWEEP) == "SWEPT"
    assert [release for release, _ in returning.endpoints.deployments] == [release_name(NAMES, 1)]
    returning.endpoints.finish(well=True)
    returning.settle()
    model = returning.model
    assert (model.in_service, model.served, model.blocked, model.switch, model.deployment) == (1, (), (2,), None, None)
    assert returning.topic.outcomes == ["SWITCHING", "SWITCHED"]
    assert returning.endpoints.releases[-1].package_arn == returning.registry.arn(1)
    returning.promote(SWEEP)
    assert len(returning.endpoints.deployments) == 1, "what was taken out came back by itself"


def test_without_an_earlier_version_a_person_is_called() -> None:
    world = World(choosing("rollback"))
    assert world.remediate(world.raise_alarm()) == "ESCALATED"
    assert "no earlier version" in world.topic.notices[0].text
    assert world.topic.notices[0].attributes["urgency"] == "action"


def test_a_blocked_version_is_never_put_back(returning: World) -> None:
    returning.ledger.put(replace(returning.model, blocked=(1,)))
    assert returning.remediate(returning.raise_alarm()) == "ESCALATED"
    assert returning.model.switch is None


def test_a_version_that_was_blocked_while_it_was_on_its_way_is_not_put_back(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.ledger.put(replace(returning.model, blocked=(1,)))
    returning.promote(SWEEP)
    assert (returning.endpoints.deployments, returning.newest().outcome) == ([], Outcome.FAILED_RUN)
    assert returning.model.switch is None


@pytest.mark.parametrize("approval", ["Rejected", "PendingManualApproval"])
def test_a_version_that_is_not_approved_any_more_is_not_put_back(returning: World, approval: str) -> None:
    returning.registry.review(returning.registry.arn(1), approval)
    returning.remediate(returning.raise_alarm())
    returning.promote(SWEEP)
    assert (returning.endpoints.deployments, returning.newest().outcome) == ([], Outcome.FAILED_RUN)
    assert returning.model.blocked == (1,)


def test_a_version_whose_package_was_deleted_is_not_put_back(returning: World) -> None:
    del returning.registry.packages[returning.registry.arn(1)]
    returning.remediate(returning.raise_alarm())
    returning.promote(SWEEP)
    assert (returning.endpoints.deployments, returning.newest().outcome) == ([], Outcome.FAILED_RUN)


def test_an_endpoint_that_was_deleted_is_not_made_again_to_put_a_version_back(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.endpoints.now = None
    returning.promote(SWEEP)
    assert (returning.endpoints.now, returning.newest().outcome) == (None, Outcome.TARGET_GONE)
    assert (returning.model.blocked, returning.model.switch) == ((), None)


def test_a_version_that_does_not_come_up_again_is_rolled_back_and_blocked(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.promote(SWEEP)
    returning.endpoints.finish(well=False)
    returning.settle()
    assert (returning.model.in_service, returning.model.blocked) == (2, (1,))
    assert returning.newest().outcome is Outcome.ROLLED_BACK


def test_during_a_freeze_nothing_is_put_back(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.freeze("incident 7")
    returning.promote(SWEEP)
    assert returning.endpoints.deployments == []
    returning.freeze("")
    returning.promote(SWEEP)
    assert len(returning.endpoints.deployments) == 1


def test_a_new_model_waits_until_the_earlier_one_is_back(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.registry.register(BETTER)
    returning.promote(SWEEP)
    returning.promote(SWEEP)
    assert [release for release, _ in returning.endpoints.deployments] == [release_name(NAMES, 1)]
    returning.endpoints.finish(well=True)
    returning.settle()
    returning.promote(SWEEP)
    assert returning.endpoints.deployments[-1][0] == release_name(NAMES, 3)


def test_a_run_under_way_is_awaited_before_a_version_is_put_back(returning: World) -> None:
    returning.policy = POLICY
    returning.remediate(returning.raise_alarm("drift"))
    returning.policy = choosing("rollback")
    assert returning.remediate(returning.raise_alarm()) == "SUPPRESSED_RUNNING"


def test_versions_are_not_put_back_one_after_the_other_within_the_cooldown(returning: World) -> None:
    returning.ledger.put(replace(returning.model, switched_at=returning.clock.header - timedelta(hours=5)))
    assert returning.remediate(returning.raise_alarm()) == "SUPPRESSED_COOLDOWN"


def test_what_a_person_puts_into_service_meanwhile_stays(returning: World) -> None:
    raised = returning.clock.now
    returning.remediate(returning.raise_alarm())
    third = returning.registry.register(BETTER, "PendingManualApproval")
    assert returning.endpoints.now is not None
    returning.endpoints.now = returning.endpoints.become(
        returning.endpoints.now, "InService", release_name(NAMES, third.version)
    )
    returning.settle()
    returning.promote(SWEEP)
    assert (returning.endpoints.deployments, returning.model.in_service, returning.model.switch) == ([], 3, None)
    assert returning.episode(at=raised).outcome is Outcome.SWITCHED


def test_the_hint_to_promote_need_not_arrive(returning: World) -> None:
    def lose_it(call: str) -> None:
        if call == "releases.switch":
            raise Unavailable("the queue cannot be reached")

    returning.faults.pause = lose_it
    assert returning.remediate(returning.raise_alarm()) == "SWITCHING"


def calls_of_putting_back() -> int:
    world = World(choosing("rollback"))
    world.release_second()
    world.remediate(world.raise_alarm())
    world.promote(SWEEP)
    return len(world.faults.calls)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("well", [True, False])
@pytest.mark.parametrize("index", range(calls_of_putting_back()))
def test_a_fault_at_any_call_puts_one_version_back_once(index: int, fault: Fault, well: bool) -> None:
    world = World(choosing("rollback"))
    world.release_second()
    body = world.raise_alarm()
    world.faults.plan = {index: fault}
    world.delivered(world.remediate, body)
    world.delivered(world.promote, SWEEP)
    world.faults.plan = {}
    if not world.endpoints.deployments:
        world.clock.pass_(seconds=LEASE.total_seconds())  # a handler that was killed might still be about to ask
        world.promote(SWEEP)
    world.endpoints.finish(well)
    world.clock.pass_(hours=1)
    world.recover()
    world.sweep()
    world.sweep()
    assert [release for release, _ in world.endpoints.deployments] == [release_name(NAMES, 1)]
    assert (world.model.in_service, world.model.switch, world.model.deployment) == (1 if well else 2, None, None)
    assert world.model.blocked == ((2,) if well else (1,))
    assert set(world.topic.outcomes) == {"SWITCHING", "SWITCHED" if well else "ROLLED_BACK"}
    assert world.model.unannounced == ()


def test_a_deployment_that_is_refused_for_good_blocks_the_version_and_says_so(returning: World) -> None:
    returning.remediate(returning.raise_alarm())
    returning.endpoints.refusals = [Refused("ValidationException", "The image does not exist.")]
    returning.promote(SWEEP)
    assert (returning.model.blocked, returning.model.deployment, returning.model.switch) == ((1,), None, None)
    assert returning.newest().outcome is Outcome.FAILED_RUN


# The team's fallback.


@pytest.fixture
def falling() -> World:
    """Version 2 is in service; the team has named version 1 for broken data."""
    world = World(choosing("fallback", Verdict.UPSTREAM_FAULT, fallback_version=1))
    world.release_second()
    world.window(Verdict.UPSTREAM_FAULT)
    return world


def test_broken_data_puts_the_fallback_into_service(falling: World) -> None:
    assert falling.remediate(falling.raise_alarm("data")) == "SWITCHING"
    falling.promote(SWEEP)
    falling.endpoints.finish(well=True)
    falling.settle()
    assert (falling.model.in_service, falling.model.blocked) == (1, (2,))


def test_a_fallback_that_serves_already_calls_a_person(falling: World) -> None:
    falling.ledger.put(replace(falling.model, in_service=1))
    assert falling.remediate(falling.raise_alarm("data")) == "ESCALATED"
    assert "is in service already" in falling.topic.notices[-1].text


def test_what_the_fallback_took_the_place_of_comes_back_when_a_person_unblocks_it(falling: World) -> None:
    falling.remediate(falling.raise_alarm("data"))
    falling.promote(SWEEP)
    falling.endpoints.finish(well=True)
    falling.settle()
    operate.unblock(falling.ledger, MODEL, 2, "the source is repaired", "grace")
    falling.promote(SWEEP)
    assert falling.endpoints.deployments[-1][0] == release_name(NAMES, 2)


def test_all_versions_between_are_blocked_so_that_no_late_event_brings_one_back(falling: World) -> None:
    for _ in range(3):
        falling.registry.register(BETTER)
    falling.ledger.put(replace(falling.model, in_service=5, served=(1, 2)))
    assert falling.endpoints.now is not None
    falling.endpoints.now = replace(falling.endpoints.now, config=release_name(NAMES, 5))
    falling.serve(falling.registry.arn(5))
    falling.window(Verdict.UPSTREAM_FAULT)
    falling.remediate(falling.raise_alarm("data"))
    falling.promote(SWEEP)
    falling.endpoints.finish(well=True)
    falling.settle()
    assert falling.model.blocked == (2, 3, 4, 5)


# Notify and freeze.


def test_a_team_may_leave_drift_to_a_person() -> None:
    world = World(choosing("notify"))
    assert world.remediate(world.raise_alarm()) == "ESCALATED"
    assert (world.pipelines.runs, world.topic.notices[0].attributes["urgency"]) == ([], "action")
    assert "The team's file answers REAL_DRIFT with 'notify'" in world.topic.notices[0].text


def test_a_team_may_freeze_the_model_on_broken_data_and_a_person_lifts_it() -> None:
    world = World(choosing("freeze", Verdict.UPSTREAM_FAULT))
    world.window(Verdict.UPSTREAM_FAULT)
    assert world.remediate(world.raise_alarm("data")) == "FROZEN"
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm("quality")) == "BLOCKED_FREEZE"
    operate.unfreeze(world.ledger, MODEL, "the source is repaired", "grace")
    world.window(Verdict.UPSTREAM_FAULT)
    world.recover("quality")
    world.remediate(SWEEP)
    assert world.model.frozen == "", "the same alarm froze it again"
    world.window(Verdict.REAL_DRIFT)
    assert world.remediate(world.raise_alarm("drift")) == "STARTED"


@pytest.mark.parametrize("response", ["retrain", "ask", "watch"])
def test_no_policy_can_make_broken_data_start_a_run(response: Response) -> None:
    """Where such a policy is written past the team file's rules, the usual response is given."""
    world = World(choosing(response, Verdict.UPSTREAM_FAULT))
    world.window(Verdict.UPSTREAM_FAULT)
    assert world.remediate(world.raise_alarm("data")) == "BLOCKED_DATA"
    assert world.pipelines.runs == []


@pytest.mark.parametrize("response", ["ask", "rollback", "fallback", "notify", "freeze", "retrain"])
def test_a_decision_keeps_its_verdict_evidence_and_response(response: Response) -> None:
    world = World(choosing(response, fallback_version=1))
    world.release_second()
    world.remediate(world.raise_alarm())
    row = world.episode()
    assert (row.verdict, row.response, row.cause) == ("REAL_DRIFT", response, "the world moved")
    assert row.evidence == ("accuracy is 0.61 against 0.78.",)
    assert row.why


@pytest.mark.parametrize("response", ["ask", "rollback", "fallback", "freeze"])
def test_a_freeze_that_commits_between_reading_and_deciding_wins(response: Response) -> None:
    world = World(choosing(response, fallback_version=1))
    world.release_second()

    def freeze_first(call: str) -> None:
        if call == "ledger.commit" and not world.team.frozen:
            world.freeze("incident 7")

    world.faults.pause = freeze_first
    assert world.remediate(world.raise_alarm()) == "BLOCKED_FREEZE"


def test_a_package_that_cannot_be_described_is_not_there(returning: World) -> None:
    with pytest.raises(NotThere):
        returning.registry.package("nothing")
