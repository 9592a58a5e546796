"""How the rows change: outcomes that may follow, histories that grow, starts, waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.remediation.budget import spent_cents
from core.remediation.decide import decide
from core.remediation.decisions import Hold, Retrain
from core.remediation.outcomes import ENDED, FINAL, QUIET, RESTING, UNDER_WAY, Outcome, may_follow
from core.remediation.parts import Claim
from core.remediation.transitions import claimed, deferred, parameters, reached, rested, started
from tests.core.test_remediation import (
    EPISODE,
    NOW,
    POLICY,
    facts,
    model,
)


def test_every_outcome_has_its_place() -> None:
    assert RESTING | UNDER_WAY | FINAL | {Outcome.DUPLICATE, Outcome.APPROVAL_PENDING} == set(Outcome)
    assert not RESTING & UNDER_WAY
    assert not RESTING & FINAL
    assert not UNDER_WAY & FINAL
    assert ENDED < FINAL
    assert QUIET < RESTING


@given(st.sampled_from(Outcome), st.sampled_from(Outcome))
def test_what_is_final_stays(before: Outcome, after: Outcome) -> None:
    assert not (before in FINAL and may_follow(before, after))
    assert not (before in UNDER_WAY and after in RESTING and may_follow(before, after))


@given(st.lists(st.sampled_from(Outcome), max_size=12))
def test_the_history_of_an_episode_is_only_appended_to(steps: list[Outcome]) -> None:
    row, episode = model(), EPISODE
    for step in steps:
        if may_follow(episode.outcome, step):
            before = episode.history
            row, episode = reached(row, episode, step, "why", NOW)
            assert episode.history[: len(before)] == before
            assert episode.outcome is step
            assert (episode.id in row.unannounced) == bool(episode.to_announce)
        else:
            with pytest.raises(ValueError, match="cannot become"):
                reached(row, episode, step, "why", NOW)


def test_a_start_is_not_recorded_earlier_than_it_was() -> None:
    row, episode = started(model(), EPISODE, "arn", NOW, 1.0)
    assert row.starts[-1] > NOW
    assert (episode.execution_arn, row.attempts) == ("arn", 1)


def test_a_claim_writes_the_run_down_so_that_each_try_asks_for_the_same() -> None:
    known = facts()
    decision = decide(known, POLICY)
    assert isinstance(decision, Retrain)
    row, episode = claimed(known, decision)
    assert row.claim == Claim(episode=EPISODE.id, at=NOW)
    assert parameters(episode) == decision.parameters


def test_waits_for_capacity_grow() -> None:
    row, episode, waits = model(claim=Claim(episode=EPISODE.id, at=NOW)), EPISODE, []
    for _ in range(4):
        row, episode = deferred(row, episode, "no capacity", NOW)
        assert row.claim is None
        assert episode.not_before is not None
        waits.append((episode.not_before - NOW) / timedelta(minutes=15))
    assert (waits, row.spent_cents, row.starts) == ([1, 2, 4, 8], 0, ())


def test_a_decision_that_rests_gives_its_own_claim_back() -> None:
    known = facts(model=model(claim=Claim(episode=EPISODE.id, at=NOW)))
    row, _ = rested(known, Hold(Outcome.BLOCKED_DATA, "why"))
    assert row.claim is None
    other = facts(model=model(claim=Claim(episode="other", at=NOW)))
    assert rested(other, Hold(Outcome.BLOCKED_DATA, "why"))[0].claim is not None


@pytest.mark.parametrize("month", ["2026-10", "2025-11", ""])
def test_what_was_spent_in_another_month_does_not_count(month: str) -> None:
    assert spent_cents(model(month=month, spent_cents=700), NOW) == 0
