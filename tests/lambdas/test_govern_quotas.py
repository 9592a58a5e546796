"""Quotas are looked at every hour: what is missing is asked for once, and what is new is said once."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contracts.quotas import State
from core.governance.quotas import OPEN
from lambdas.failures import Refused
from tests.lambdas.faults import Fault
from tests.lambdas.governing import GPU, SPOT, Governed
from tests.lambdas.world import SWEEP


@pytest.fixture
def governed() -> Governed:
    wanted = Governed()
    wanted.watch_list.wanted = {GPU: 4}
    return wanted


def states(governed: Governed, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What a sweep leaves in the log, from which the dashboard's table is made."""
    capsys.readouterr()
    governed.govern(SWEEP)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {line["quota"]: line["state"] for line in lines if line["event"] == "quota"}


def said(governed: Governed) -> list[str]:
    return [notice.subject for notice in governed.world.topic.notices]


def test_a_quota_that_is_missing_is_asked_for_once(governed: Governed, capsys: pytest.CaptureFixture[str]) -> None:
    assert states(governed, capsys) == {GPU: "REQUESTED"}
    assert states(governed, capsys) == {GPU: "PENDING"}
    assert governed.quotas.asked == [(GPU, 4)]
    assert said(governed) == []


def test_what_aws_decides_is_said_once(governed: Governed, capsys: pytest.CaptureFixture[str]) -> None:
    governed.govern(SWEEP)
    governed.quotas.decide(GPU, "CASE_OPENED", "1234")
    assert states(governed, capsys) == {GPU: "CASE_OPENED"}
    governed.quotas.decide(GPU, "APPROVED", "1234")
    assert [states(governed, capsys) for _ in range(3)] == [{GPU: "ENOUGH"}] * 3
    assert said(governed) == ["[demo-dev] A quota was raised"]
    assert governed.metrics.newest("quota_limit", GPU) == governed.metrics.newest("quota_wanted", GPU) == 4


@pytest.mark.parametrize("status", ["DENIED", "NOT_APPROVED", "CASE_CLOSED", "INVALID_REQUEST"])
def test_a_refusal_is_said_once_and_not_asked_for_again(governed: Governed, status: str) -> None:
    governed.govern(SWEEP)
    governed.quotas.decide(GPU, status, "1234")
    for _ in range(3):
        governed.govern(SWEEP)
    assert governed.quotas.asked == [(GPU, 4)]
    (notice,) = governed.world.topic.notices
    assert "case 1234" in notice.text
    assert notice.attributes["urgency"] == "action"


def test_another_value_than_the_one_that_was_refused_is_asked_for(governed: Governed) -> None:
    governed.govern(SWEEP)
    governed.quotas.decide(GPU, "DENIED")
    governed.watch_list.wanted = {GPU: 2}
    governed.govern(SWEEP)
    assert governed.quotas.asked == [(GPU, 4), (GPU, 2)]


def test_a_higher_value_waits_until_the_open_request_is_closed(governed: Governed) -> None:
    governed.govern(SWEEP)
    governed.watch_list.wanted = {GPU: 8}
    governed.govern(SWEEP)
    assert governed.quotas.asked == [(GPU, 4)]
    governed.quotas.decide(GPU, "APPROVED")
    governed.govern(SWEEP)
    assert governed.quotas.asked == [(GPU, 4), (GPU, 8)]


def test_a_lower_value_than_the_account_has_changes_nothing(governed: Governed) -> None:
    governed.quotas.values[GPU] = 10
    governed.govern(SWEEP)
    assert (governed.quotas.asked, said(governed)) == ([], [])


def test_two_environments_that_were_both_refused_do_not_take_turns(governed: Governed) -> None:
    """Theirs wants 8 and ours 4: neither answer is an answer to the other."""
    other = Governed()
    other.quotas, other.watch_list.wanted = governed.quotas, {GPU: 8}
    for _ in range(4):
        for each in (governed, other):
            each.govern(SWEEP)
            if governed.quotas.requests[GPU][-1].status in OPEN:
                governed.quotas.decide(GPU, "DENIED")
    assert governed.quotas.asked == [(GPU, 4), (GPU, 8)]


def test_a_quota_that_is_only_watched_is_not_asked_for(governed: Governed) -> None:
    governed.watch_list.wanted = {GPU: 0}
    governed.metrics.used = {GPU: 0}
    governed.govern(SWEEP)
    assert governed.quotas.asked == []
    assert governed.metrics.newest("quota_limit", GPU) == 0
    assert governed.metrics.newest("quota_used_percent", GPU) is None, "there is no share of nothing"


def test_use_is_published_as_a_share_of_the_limit(governed: Governed) -> None:
    governed.quotas.values[GPU] = 4
    governed.metrics.used = {GPU: 3}
    governed.govern(SWEEP)
    assert governed.metrics.newest("quota_used_percent", GPU) == 75
    assert governed.metrics.newest("quota_used", SPOT) is None


def test_a_name_that_no_quota_has_is_said_with_the_one_that_was_meant(governed: Governed) -> None:
    governed.watch_list.wanted = {GPU.replace("g5", "g55"): 4}
    governed.govern(SWEEP)
    assert f"did you mean '{GPU}'?" in governed.world.topic.notices[0].text


def test_a_quota_that_nobody_can_raise_is_said(governed: Governed, capsys: pytest.CaptureFixture[str]) -> None:
    governed.quotas.fixed = {GPU}
    assert states(governed, capsys) == {GPU: "NOT_ADJUSTABLE"}
    assert said(governed) == ["[demo-dev] A quota cannot be raised"]


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("IllegalArgumentException", "REFUSED"),
        ("InvalidResourceStateException", "REFUSED"),
        ("NoSuchResourceException", "REFUSED"),
        ("QuotaExceededException", "LATER"),
        ("DependencyAccessDeniedException", "LATER"),
    ],
)
def test_a_request_that_is_not_taken_is_how_it_stands(
    governed: Governed, code: str, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    governed.quotas.refusals = [Refused(code, "told so")]
    assert states(governed, capsys) == {GPU: state}


def test_what_may_pass_is_asked_for_again_and_said_to_nobody(governed: Governed) -> None:
    governed.quotas.refusals = [Refused("QuotaExceededException", "20 open requests")]
    governed.govern(SWEEP)
    assert (governed.quotas.asked, said(governed)) == ([], [])
    governed.govern(SWEEP)
    assert governed.quotas.asked == [(GPU, 4)]


def test_a_request_whose_answer_was_lost_is_found_again(governed: Governed, capsys: pytest.CaptureFixture[str]) -> None:
    rehearsal = Governed()
    rehearsal.watch_list.wanted = {GPU: 4}
    rehearsal.govern(SWEEP)
    governed.world.faults.plan = {rehearsal.world.faults.calls.index("quotas.ask"): Fault.REPLY_LOST}
    assert states(governed, capsys) == {GPU: "LATER"}
    assert states(governed, capsys) == {GPU: "PENDING"}
    assert governed.quotas.asked == [(GPU, 4)]


def test_the_second_of_two_who_ask_at_once_finds_the_first_ones_request(
    governed: Governed, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask_first(call: str) -> None:
        if call == "quotas.ask":
            governed.world.faults.pause = lambda call: None
            governed.quotas._ask(GPU, 4)

    governed.world.faults.pause = ask_first
    assert states(governed, capsys) == {GPU: "PENDING"}
    assert governed.quotas.asked == [(GPU, 4)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("want"), st.integers(1, 6)),
            st.tuples(st.just("decide"), st.sampled_from(["APPROVED", "DENIED", "CASE_OPENED", "CASE_CLOSED"])),
            st.tuples(st.just("lose"), st.sampled_from(list(Fault))),
            st.tuples(st.just("sweep"), st.none()),
        ),
        max_size=14,
    )
)
def test_whatever_happens_a_quota_is_never_lowered_nor_asked_for_twice(steps: list[tuple[str, object]]) -> None:
    governed = Governed()
    governed.watch_list.wanted = {GPU: 3}
    most = 0.0
    for kind, value in steps:
        if kind == "want":
            governed.watch_list.wanted = {GPU: int(str(value))}
        elif kind == "decide" and governed.quotas.requests[GPU]:
            if governed.quotas.requests[GPU][-1].status in OPEN:
                governed.quotas.decide(GPU, str(value))
        elif kind == "lose":
            assert isinstance(value, Fault)
            calls = governed.world.faults.calls
            governed.world.faults.plan = {len(calls) + 4: value}
            governed.world.delivered(governed.govern, SWEEP)
        else:
            governed.world.clock.pass_(hours=1)
            governed.govern(SWEEP)
        assert governed.quotas.values[GPU] >= most
        most = governed.quotas.values[GPU]
        assert sum(change.status in OPEN for change in governed.quotas.requests[GPU]) <= 1
    assert len(set(governed.quotas.asked)) == len(governed.quotas.asked), "no value is asked for a second time"


def test_every_state_is_worth_a_sentence_or_passes(governed: Governed) -> None:
    passing = {State.REQUESTED, State.PENDING, State.CASE_OPENED, State.APPROVED, State.LATER}
    from core.governance.notices import WORTH_SAYING

    assert set(WORTH_SAYING) | passing == set(State)
    assert not set(WORTH_SAYING) & passing
