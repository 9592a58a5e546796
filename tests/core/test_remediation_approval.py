"""What a person is asked and how they answer: the code, and when an answer counts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.ledger import TEAM, Key
from core.remediation import acts, approval
from core.remediation.acts import NothingToDo
from core.remediation.approval import NotAnswered, code, granted, lapsed, open_question
from core.remediation.outcomes import Outcome
from core.remediation.parts import Approval, Claim
from core.remediation.rows import EpisodeRow, ModelRow, TeamRow

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ASKED = EpisodeRow(
    id="ab" * 32,
    model="churn",
    source="arn",
    trouble="quality",
    raised_at=NOW,
    reason="Threshold Crossed",
    outcome=Outcome.APPROVAL_PENDING,
    train_on="recent",
    recent_from="2026-11-20T10:00:00+00:00",
    recent_until="2026-11-20T12:00:00+00:00",
    without="none",
    approval=Approval(until=NOW + timedelta(hours=4), in_service=3),
)
MODEL = ModelRow(model="churn", in_service=3, asked=ASKED.id)

TEXT = st.text(max_size=30)
QUESTIONS = st.builds(
    lambda id, model, train_on, start, end, without, hours: replace(
        ASKED,
        id=id,
        model=model,
        train_on=train_on,
        recent_from=start,
        recent_until=end,
        without=without,
        approval=Approval(until=NOW + timedelta(hours=hours), in_service=3),
    ),
    TEXT,
    st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    st.sampled_from(["all", "recent"]),
    st.from_regex(r"[0-9T:+-]{1,20}", fullmatch=True),
    st.from_regex(r"[0-9T:+-]{1,20}", fullmatch=True),
    st.from_regex(r"[a-z]{1,8}(,[a-z]{1,8}){0,2}", fullmatch=True),
    st.integers(0, 100),
)


@given(QUESTIONS)
def test_a_code_follows_from_what_is_asked_alone(asked: EpisodeRow) -> None:
    told_otherwise = replace(
        asked, outcome=Outcome.SUPPRESSED_COOLDOWN, why="later", execution_arn="arn", revision=7, evidence=("x",)
    )
    assert code(told_otherwise) == code(asked)
    assert asked.approval is not None
    answered = replace(asked, approval=replace(asked.approval, by="grace", at=NOW, granted=True))
    assert code(answered) == code(asked)
    assert re.fullmatch(r"[0-9a-f]{12}", code(asked))


@given(QUESTIONS, QUESTIONS)
def test_another_question_has_another_code(one: EpisodeRow, other: EpisodeRow) -> None:
    def asked(row: EpisodeRow) -> object:
        assert row.approval is not None
        run = (row.train_on, row.recent_from, row.recent_until, row.without)
        return row.model, row.id, run, row.approval.until

    assert (code(one) == code(other)) == (asked(one) == asked(other))


def test_what_asks_nothing_has_no_code() -> None:
    with pytest.raises(ValueError, match="asks nothing"):
        code(replace(ASKED, approval=None))


@given(QUESTIONS, st.text(max_size=20))
def test_no_text_but_the_code_answers(asked: EpisodeRow, told: str) -> None:
    model = replace(MODEL, model=asked.model)
    if told != code(asked):
        with pytest.raises(NotAnswered):
            open_question(model, asked, told, NOW)


@given(
    minutes=st.integers(-600, 600),
    in_service=st.integers(2, 4),
    yes=st.booleans(),
    answered=st.booleans(),
)
def test_an_approval_counts_in_time_about_the_model_in_service_and_when_somebody_gave_it(
    minutes: int, in_service: int, yes: bool, answered: bool
) -> None:
    assert ASKED.approval is not None
    by = "grace" if answered else ""
    row = replace(ASKED, approval=replace(ASKED.approval, by=by, at=NOW, granted=yes and answered))
    now, model = ASKED.approval.until + timedelta(minutes=minutes), replace(MODEL, in_service=in_service)
    counts = minutes <= 0 and in_service == 3
    assert (lapsed(row, model, now) is None) == counts
    assert granted(row, model, now) == (counts and yes and answered)


def test_only_the_first_answer_counts() -> None:
    _, approved = approval.approved(MODEL, ASKED, "grace", NOW)
    for told_first in (approved, approval.declined(MODEL, ASKED, "grace", "no", NOW)[1]):
        with pytest.raises(NotAnswered, match=r"grace (approved|declined) it"):
            open_question(MODEL, told_first, code(ASKED), NOW)


def test_a_run_of_another_episode_makes_an_approval_void() -> None:
    busy = replace(MODEL, claim=Claim(episode="other", at=NOW))
    with pytest.raises(NotAnswered, match="episode other has begun"):
        approval.approved(busy, ASKED, "grace", NOW)


@given(st.sampled_from(Outcome))
def test_what_runs_out_is_a_question_that_is_open(outcome: Outcome) -> None:
    row, late = replace(ASKED, outcome=outcome), NOW + timedelta(hours=5)
    after = approval.run_out(MODEL, row, late)
    if after is not None:
        assert after[1].outcome is Outcome.EXPIRED
        assert after[0].asked == ""
    assert approval.run_out(MODEL, row, NOW) is None


# What an operator does.


def test_each_act_says_who_and_why() -> None:
    row, act = acts.freeze_model(MODEL, "incident 7", "grace", NOW)
    assert (row.frozen, row.frozen_by) == ("incident 7", "grace")
    assert (act.model, act.by, act.what, act.why, act.at) == ("churn", "grace", "freeze", "incident 7", NOW)
    lifted, told = acts.unfreeze_model(row, "it is over", "alan", NOW)
    assert (lifted.frozen, lifted.frozen_by, told.why) == ("", "", "it is over (it was: incident 7)")


def test_a_freeze_of_the_environment_and_that_of_its_budget_are_lifted_together() -> None:
    row = TeamRow(frozen="incident 7", frozen_by="grace", starts_frozen="the budget is spent", budget_month="2026-11")
    lifted, act = acts.unfreeze_team(row, "more money", "alan", NOW)
    assert (lifted.no_starts, lifted.budget_month) == ("", "2026-11"), "it does not come back this month"
    assert act.model == TEAM
    assert "incident 7; the budget is spent" in act.why


def test_an_act_that_changes_nothing_says_so() -> None:
    for act in (
        lambda: acts.freeze_team(TeamRow(frozen="x", frozen_by="grace"), "y", "alan", NOW),
        lambda: acts.unfreeze_team(TeamRow(), "y", "alan", NOW),
        lambda: acts.freeze_model(replace(MODEL, frozen="x"), "y", "alan", NOW),
        lambda: acts.unfreeze_model(MODEL, "y", "alan", NOW),
        lambda: acts.close_circuit(MODEL, "y", "alan", NOW),
        lambda: acts.unblock(MODEL, 7, "y", "alan", NOW),
    ):
        with pytest.raises(NothingToDo):
            act()


def test_unblocking_frees_one_version() -> None:
    row, act = acts.unblock(replace(MODEL, blocked=(4, 5)), 5, "mended", "grace", NOW)
    assert (row.blocked, act.what) == ((4,), "unblock version 5")


def test_closing_a_circuit_lets_runs_count_anew() -> None:
    row, act = acts.close_circuit(replace(MODEL, attempts=3), "mended", "grace", NOW)
    assert (row.attempts, act.what) == (0, "close circuit after 3 runs")


def test_acts_lie_in_order_of_time_and_none_hides_another() -> None:
    first = acts.journal("churn", "freeze", "a", "grace", NOW, 3)
    again_in_the_same_second = acts.journal("churn", "freeze", "a", "grace", NOW, 5)
    another = acts.journal("churn", "freeze", "b", "grace", NOW, 3)
    later = acts.journal("churn", "freeze", "a", "grace", NOW + timedelta(seconds=1), 3)
    assert len({act.key for act in (first, again_in_the_same_second, another, later)}) == 4
    assert sorted([later.key, first.key])[0] == first.key
    assert first.key == Key.act("churn", NOW, first.digest)
