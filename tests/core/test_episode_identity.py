"""The identity of an episode, and what follows from it alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.remediation.episode import ROUNDS_MAX, Cause, by_hand, cause_of, demanded, display_name, token
from tests.core.test_decisions import LATER
from tests.core.test_decisions_asked import DEMANDED
from tests.core.test_remediation import (
    NOW,
)

TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone beside it

CAUSES = st.builds(Cause, st.text(max_size=80), TIMES, st.integers(1, ROUNDS_MAX))


@given(CAUSES)
def test_token_and_name_fit_the_service_and_follow_from_the_episode_alone(cause: Cause) -> None:
    again = Cause(cause.source, cause.at.astimezone(), cause.round)
    assert again.id == cause.id
    assert re.fullmatch(r"[0-9a-f]{32,128}", token(cause.id))
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}", display_name(cause.id))
    assert display_name(cause.id).removeprefix("episode-") == cause.id


@given(CAUSES, CAUSES)
def test_other_causes_have_other_tokens(one: Cause, other: Cause) -> None:
    same = (one.source, one.at.replace(microsecond=0), one.round) == (
        other.source,
        other.at.replace(microsecond=0),
        other.round,
    )
    assert (token(one.id) == token(other.id)) == same
    assert one.id != by_hand(one.source)


@pytest.mark.parametrize("round", [0, ROUNDS_MAX + 1])
def test_a_round_has_bounds(round: int) -> None:
    with pytest.raises(ValueError, match="round"):
        Cause("alarm", NOW, round)


def test_a_cause_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        Cause("alarm", NOW.replace(tzinfo=None))


def test_the_token_the_name_and_the_id_are_these_and_no_others() -> None:
    """A change of any of them would start the runs of open episodes a second time."""
    cause = Cause("arn:aws:cloudwatch:us-east-1:111122223333:alarm:risk-dev-churn-quality", NOW, 2)
    assert cause.id == "8aaf55b06fc42987dab7b98cb07680193128ff1a7376b51b1f48fbbcfbe1cfde"
    assert token(cause.id) == "e9097963661e6ca4c2a5ce35b15a81b7474872ff042809113cd63947250fcc57"
    assert display_name(cause.id) == f"episode-{cause.id}"
    assert (
        demanded("risk-dev-churn", "request-1", NOW).id
        == "0ad381055afda46c4df1a03b04668c401ba3997ffc07db2d279686ba517faf8a"
    )


def test_the_cause_of_a_written_episode_is_found_again_or_none() -> None:
    cause = Cause("alarm", NOW, 3)
    assert cause_of(cause.id, "alarm", NOW, 3, "quality") == cause
    assert cause_of(cause.id, "alarm", NOW, 2, "quality") is None
    assert cause_of(DEMANDED.id, DEMANDED.source, NOW + timedelta(hours=1), 1, "demand") is not None


def test_the_bounds_of_a_round_are_named() -> None:
    assert Cause("alarm", NOW, 24).round == 24
    for wrong in (0, 25):
        with pytest.raises(ValueError, match=f"^round {wrong} is not between 1 and 24$"):
            Cause("alarm", NOW, wrong)
    with pytest.raises(ValueError, match=r"^a cause needs a time with an offset from UTC, got 2026-11-20T12:00:00$"):
        Cause("alarm", NOW.replace(tzinfo=None))


def test_the_same_second_in_another_zone_is_the_same_episode() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    assert Cause("alarm", there).id == Cause("alarm", NOW).id
    assert Cause("alarm", NOW).id != Cause("alarm", NOW + LATER).id
