"""A batch that did not come about is told once, by whatever finds it out: an event, or the sweeps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.batch import BatchPolicy, job_name
from lambdas.batch.missing import missing
from lambdas.batch.ports import Schedule
from lambdas.failures import Refused
from tests.lambdas.batches import DAILY, Batches
from tests.lambdas.faults import Fault
from tests.lambdas.world import NAMES, SWEEP

HOURLY = replace(DAILY, every_s=3600)
FAILURES = "batch_failures"


def run(batches: Batches, hours: int, without: Collection[int] = (), every: int = 1) -> None:
    """So many hours, with a sweep each quarter; a batch is due every `every` hours, but for those of `without`."""
    for hour in range(hours):
        if hour % every == 0 and hour not in without:
            score(batches)
        for _ in range(4):
            batches.world.clock.pass_(minutes=15)
            batches.hear(SWEEP)


def score(batches: Batches) -> None:
    """The batch that is due now is scored and watched."""
    batches.due_at = batches.world.clock.header.replace(second=0)
    batches.hear(batches.due())
    batches.jobs.end(batches.job)
    batches.hear(batches.ended())
    batches.metrics.watched(batches.due_at)


def batches_of(policy: BatchPolicy) -> Batches:
    return Batches(policy)


class TestABatchThatDidNotComeAbout:
    @pytest.mark.parametrize(("policy", "every"), [(HOURLY, 1), (replace(DAILY, every_s=6 * 3600), 6), (DAILY, 24)])
    def test_is_told_once(self, policy: BatchPolicy, every: int) -> None:
        batches = batches_of(policy)
        run(batches, 6 * every, without=[3 * every], every=every)
        assert batches.metrics.told == [FAILURES]

    def test_is_told_when_it_could_not_be_under_way_any_more(self) -> None:
        batches = batches_of(HOURLY)
        run(batches, 6, without=[3])
        told = next(datum["Timestamp"] for datum in batches.metrics.data if datum["MetricName"] == FAILURES)
        lost = batches.due_at - timedelta(hours=2)
        assert HOURLY.longest <= told - lost <= HOURLY.longest + timedelta(minutes=15)

    def test_is_told_each_time(self) -> None:
        batches = batches_of(HOURLY)
        run(batches, 24, without=range(3, 20, 2))
        assert batches.metrics.told == [FAILURES] * 9

    def test_is_told_before_the_next_one_came_about(self) -> None:
        batches = batches_of(DAILY)
        run(batches, 24 * 2 + 4, without=[24, 48], every=24)
        assert batches.metrics.told == [FAILURES, FAILURES]

    def test_is_told_where_the_others_found_no_rows(self) -> None:
        batches = batches_of(HOURLY)
        batches.rows.below.clear()
        run_idle(batches, 8, without=[4])
        assert batches.metrics.told.count(FAILURES) == 1

    def test_is_not_one_that_had_nothing_to_score(self) -> None:
        batches = batches_of(HOURLY)
        run(batches, 2)
        rows, batches.rows.below = batches.rows.below, set()
        run_idle(batches, 3)
        batches.rows.below = rows
        run(batches, 6)
        assert FAILURES not in batches.metrics.told

    def test_is_not_one_that_was_refused_and_told_before(self) -> None:
        batches = batches_of(HOURLY)
        run(batches, 3)
        batches.jobs.refusals = [Refused("ValidationException", "Could not find model")]
        batches.due_at = batches.world.clock.header.replace(second=0)
        assert batches.hear(batches.due()).startswith("REFUSED")
        run(batches, 6, without=[0])
        assert batches.metrics.told == [FAILURES]


def run_idle(batches: Batches, hours: int, without: Collection[int] = ()) -> None:
    """No rows wait."""
    for hour in range(hours):
        if hour not in without:
            batches.hear(batches.due(batches.world.clock.header.replace(second=0)))
        for _ in range(4):
            batches.world.clock.pass_(minutes=15)
            batches.hear(SWEEP)


class TestTimesAtWhichNoBatchWasDue:
    def test_before_the_first_are_not_told(self) -> None:
        batches = batches_of(HOURLY)
        batches.schedules.standing[NAMES.batch] = Schedule(timedelta(hours=1), batches.world.clock.header)
        run(batches, 30)
        assert batches.metrics.told == []

    def test_by_another_rate_before_are_not_told(self) -> None:
        batches = batches_of(DAILY)
        run(batches, 48, every=24)
        batches.world.policy = replace(batches.world.policy, batch=HOURLY)
        batches.schedules.standing[NAMES.batch] = Schedule(timedelta(hours=1), batches.world.clock.header)
        run(batches, 30)
        assert batches.metrics.told == []

    def test_while_the_schedule_is_not_yet_the_policys_are_not_told(self) -> None:
        batches = batches_of(DAILY)
        run(batches, 30, every=24)
        batches.world.policy = replace(batches.world.policy, batch=HOURLY)
        run(batches, 1, without=[0])
        assert batches.metrics.told == []

    def test_after_the_schedule_was_taken_away_are_not_told(self) -> None:
        batches = batches_of(HOURLY)
        run(batches, 5)
        batches.schedules.standing.clear()
        run(batches, 8, without=range(8))
        assert batches.metrics.told == []


class TestAJobThatFailed:
    @pytest.fixture
    def batches(self) -> Batches:
        """Its event was lost."""
        found = batches_of(DAILY)
        found.hear(found.due())
        found.world.clock.pass_(minutes=8)
        found.jobs.end(found.job, "Failed")
        return found

    def test_is_told_by_a_sweep_once(self, batches: Batches) -> None:
        for _ in range(95):
            batches.world.clock.pass_(minutes=15)
            batches.hear(SWEEP)
        assert batches.metrics.told == [FAILURES]

    def test_is_told_once_where_its_event_comes_after_all(self, batches: Batches) -> None:
        batches.hear(SWEEP)
        assert batches.hear(batches.ended("Failed")) == "FAILED: Failed"
        assert batches.hear(SWEEP) == "SWEPT"
        assert batches.metrics.told == [FAILURES]

    @pytest.mark.parametrize("fault", Fault)
    @pytest.mark.parametrize("call", range(6))
    def test_is_told_whatever_call_goes_wrong(self, batches: Batches, call: int, fault: Fault) -> None:
        batches.world.faults.plan = {len(batches.world.faults.calls) + call: fault}
        batches.delivered(SWEEP)
        batches.delivered(SWEEP)
        assert batches.metrics.told in ([FAILURES], [FAILURES] * 2), "again only where it was cut off in between"

    def test_is_one_of_many_in_a_day(self) -> None:
        """More than a page of the newest would hold."""
        batches = batches_of(HOURLY)
        batches.hear(batches.due())
        lost = batches.job
        batches.jobs.end(lost)
        batches.metrics.watched(batches.due_at)
        for _ in range(22):
            batches.world.clock.pass_(hours=1)
            score(batches)
        batches.hear(SWEEP)
        assert lost in {job.name for job in batches.jobs.watches.values()}


class TestWhatSageMakersOwnMonitorHasNotSeen:
    @pytest.fixture
    def batches(self) -> Batches:
        found = batches_of(replace(HOURLY, managed=True))
        run(found, 4)
        return found

    def test_is_told_once(self, batches: Batches) -> None:
        batches.due_at = batches.world.clock.header.replace(second=0)
        batches.hear(batches.due())
        batches.jobs.end(batches.job)
        run(batches, 8, without=[0])
        assert batches.metrics.told == [FAILURES]

    def test_is_told_no_more_where_it_was_seen_late(self, batches: Batches) -> None:
        due = batches.due_at = batches.world.clock.header.replace(second=0)
        batches.hear(batches.due())
        batches.jobs.end(batches.job)
        run(batches, 3, without=[0])
        batches.metrics.watched(due)
        run(batches, 4)
        assert batches.metrics.told == []
        assert job_name(NAMES, due) in batches.jobs.transforms


@given(st.integers(1, 24), st.integers(0, 60), st.sets(st.integers(0, 60)), st.integers(0, 59))
def test_missing_are_all_that_are_not_there_and_no_other(every: int, newest: int, lost: set[int], minute: int) -> None:
    start, period = datetime(2026, 11, 20, 9, minute, tzinfo=UTC), timedelta(hours=every)
    due = [start + number * period for number in range(newest + 1)]
    known = [at for number, at in enumerate(due) if number not in lost or number == newest]
    gone = [at for at in due if at not in known]
    assert list(missing(known, period, start - timedelta(minutes=1), due[-1])) == gone
