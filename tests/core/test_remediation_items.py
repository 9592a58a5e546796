"""Rows and their items in the table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.remediation.items import from_item, to_item
from core.remediation.outcomes import Outcome
from core.remediation.parts import Approval, Candidate, Claim, Deployment, Entry, Request, Run, Switch, Telling
from core.remediation.rows import ActRow, BatchRow, EpisodeRow, ModelRow, RejectedRow, Row, TeamRow
from tests.core.test_episode_identity import TIMES

TEXT = st.text(max_size=20)

ROWS = st.one_of(
    st.builds(
        TeamRow, frozen=TEXT, frozen_by=TEXT, running=st.lists(TEXT, max_size=3).map(tuple), revision=st.integers(0, 9)
    ),
    st.builds(
        ModelRow,
        model=st.just("churn"),
        frozen=TEXT,
        claim=st.none() | st.builds(Claim, episode=TEXT, at=TIMES),
        run=st.none() | st.builds(Run, episode=TEXT, execution_arn=TEXT, at=TIMES),
        starts=st.lists(TIMES, max_size=3).map(tuple),
        spent_cents=st.integers(0, 10**9),
        candidates=st.lists(
            st.builds(Candidate, episode=TEXT, package_arn=TEXT, version=st.integers(1, 99), approved=st.booleans()),
            max_size=2,
        ).map(tuple),
        deployment=st.none()
        | st.builds(
            Deployment,
            episode=TEXT,
            package_arn=TEXT,
            version=st.integers(1, 99),
            before=TEXT,
            at=TIMES,
            requested=st.booleans(),
            switch=st.booleans(),
        ),
        switch=st.none() | st.builds(Switch, episode=TEXT, package_arn=TEXT, version=st.integers(1, 99), at=TIMES),
        switched_at=st.none() | TIMES,
        served=st.lists(st.integers(1, 99), max_size=3).map(tuple),
        asked=TEXT,
        waiting=st.lists(TEXT, max_size=3).map(tuple),
        blocked=st.lists(st.integers(1, 99), max_size=3).map(tuple),
        unannounced=st.lists(TEXT, max_size=3).map(tuple),
    ),
    st.builds(
        EpisodeRow,
        id=TEXT,
        model=st.just("churn"),
        source=TEXT,
        raised_at=TIMES,
        reason=TEXT,
        outcome=st.none() | st.sampled_from(Outcome),
        history=st.lists(st.builds(Entry, at=TIMES, outcome=st.sampled_from(Outcome), why=TEXT), max_size=3).map(tuple),
        announced=st.lists(st.sampled_from(Outcome), max_size=3).map(tuple),
        telling=st.lists(st.builds(Telling, at=TIMES, outcome=st.sampled_from(Outcome)), max_size=3).map(tuple),
        not_before=st.none() | TIMES,
        approval=st.none()
        | st.builds(
            Approval, until=TIMES, in_service=st.integers(0, 9), by=TEXT, at=st.none() | TIMES, granted=st.booleans()
        ),
        request=st.none()
        | st.builds(
            Request,
            by=TEXT,
            train_on=TEXT,
            recent_days=st.integers(1, 365),
            without=st.lists(TEXT, max_size=2).map(tuple),
        ),
        evidence=st.lists(TEXT, max_size=3).map(tuple),
        cents=st.integers(0, 10**6),
        billed=st.booleans(),
    ),
    st.builds(ActRow, model=TEXT, at=TIMES, by=TEXT, what=TEXT, why=TEXT, digest=TEXT),
    st.builds(RejectedRow, digest=TEXT, reason=TEXT, at=TIMES, head=TEXT, expires_at=st.integers(0, 2**40)),
    st.builds(BatchRow, model=TEXT, told=st.lists(TIMES, max_size=3).map(tuple)),
)


@given(ROWS)
def test_a_row_comes_back_from_its_item_as_it_was(row: Row) -> None:
    assert from_item(to_item(row)) == row
