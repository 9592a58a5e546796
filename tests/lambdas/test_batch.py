"""Batch scoring: what is due is started once, what has ended is watched once, whatever is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.contracts.batch import job_name, judge_name, monitor_name
from core.remediation.outcomes import Outcome
from lambdas.failures import QuotaReached, Refused, Unavailable
from tests.lambdas.batches import DAILY, Batches
from tests.lambdas.faults import Fault
from tests.lambdas.world import NAMES, POLICY, SWEEP


@pytest.fixture
def batches() -> Batches:
    return Batches()


def finished(batches: Batches, status: str = "Completed") -> None:
    """A batch was scored."""
    batches.hear(batches.due())
    batches.world.clock.pass_(minutes=10)
    batches.jobs.end(batches.job, status)


def silent_no_more(batches: Batches) -> bool:
    """One sign for the time that was due, under the batch's schedule: nothing was to be scored."""
    dimensions = [{"Name": "MonitoringSchedule", "Value": NAMES.batch}]
    (sign,) = batches.metrics.signs_told
    return (sign["Value"], sign["Dimensions"]) == (0.0, dimensions) and sign["Timestamp"] == batches.due_at


class TestWhatIsDue:
    def test_is_scored_by_the_version_that_is_in_service(self, batches: Batches) -> None:
        batches.serve("demo-dev-progression-v7")
        assert batches.hear(batches.due()).startswith("STARTED")
        assert batches.jobs.models == {batches.job: "demo-dev-progression-v7"}

    def test_is_started_once_however_often_it_is_told(self, batches: Batches) -> None:
        for _ in range(3):
            assert batches.hear(batches.due()).startswith("STARTED")
        assert list(batches.jobs.transforms) == [batches.job]

    def test_stays_started_when_its_rows_are_gone(self, batches: Batches) -> None:
        batches.hear(batches.due())
        batches.rows.below.clear()
        assert batches.hear(batches.due()) == "STARTED: before"
        assert batches.metrics.told == []

    def test_starts_nothing_without_rows_and_says_so(self, batches: Batches) -> None:
        batches.rows.below = {f"{NAMES.batch_prefix}answers/x/a.csv.out"}
        assert batches.hear(batches.due()) == f"IDLE: no rows lie below {NAMES.batch_prefix}rows/"
        assert batches.jobs.transforms == {}
        assert batches.metrics.told == ["batch_without_rows"]
        assert silent_no_more(batches)

    def test_starts_nothing_before_a_release(self, batches: Batches) -> None:
        batches.nothing_in_service()
        assert batches.hear(batches.due()).startswith("IDLE: nothing is in service")
        assert batches.jobs.transforms == {}
        assert silent_no_more(batches)
        assert batches.metrics.told == []

    @pytest.mark.parametrize(("taken", "folder"), [("day", "2026/11/20/"), ("hour", "2026/11/20/11/")])
    def test_takes_the_rows_of_its_day_or_its_hour(self, taken: str, folder: str) -> None:
        batches = Batches(replace(DAILY, taken=taken))  # type: ignore[arg-type]
        assert batches.hear(batches.due()) == f"IDLE: no rows lie below {NAMES.batch_prefix}rows/{folder}"
        batches.rows.below.add(f"{NAMES.batch_prefix}rows/{folder}b.csv")
        assert batches.hear(batches.due()).startswith("STARTED")

    def test_that_sagemaker_refuses_is_told(self, batches: Batches) -> None:
        batches.jobs.refusals = [Refused("ValidationException", "Could not find model")]
        assert batches.hear(batches.due()).startswith("REFUSED: ValidationException")
        assert batches.metrics.told == ["batch_failures"]
        assert batches.metrics.signs_told == [], "it was to be scored, and was not"

    def test_waits_for_a_quota(self, batches: Batches) -> None:
        batches.jobs.refusals = [QuotaReached("ResourceLimitExceeded", "transform jobs")]
        with pytest.raises(Unavailable):
            batches.hear(batches.due())
        assert batches.hear(batches.due()).startswith("STARTED")


class TestWhatIsNotLetIn:
    def test_a_model_that_does_not_score_so(self) -> None:
        batches = Batches(batch=None)
        assert batches.hear(batches.due()) == Outcome.REJECTED_EVENT
        assert batches.jobs.transforms == {}

    def test_another_teams_endpoint(self, batches: Batches) -> None:
        assert batches.hear(batches.due(endpoint="rival-dev-progression")) == Outcome.REJECTED_EVENT

    @pytest.mark.parametrize("ahead", [timedelta(hours=-25), timedelta(hours=1)])
    def test_a_time_long_past_or_to_come(self, batches: Batches, ahead: timedelta) -> None:
        assert batches.hear(batches.due(batches.due_at + ahead)) == Outcome.REJECTED_EVENT
        assert batches.jobs.transforms == {}

    @pytest.mark.parametrize("job", ["demo-dev-other-batch-20261120T1159", "demo-dev-progression-batch-x", "x"])
    def test_a_job_that_is_no_batch_of_the_team(self, batches: Batches, job: str) -> None:
        assert batches.hear(batches.ended(job=job)) == Outcome.REJECTED_EVENT

    def test_another_accounts_event(self, batches: Batches) -> None:
        finished(batches)
        assert batches.hear(batches.ended(account="999999999999")) == Outcome.REJECTED_EVENT
        assert batches.jobs.watches == {}


class TestWhatHasEnded:
    def test_is_watched_once_however_often_it_is_told(self, batches: Batches) -> None:
        finished(batches)
        assert batches.hear(batches.ended()) == "WATCHED"
        assert batches.hear(batches.ended()) == "WATCHED: before"
        assert list(batches.jobs.watches) == [monitor_name(NAMES, batches.due_at)]

    def test_is_asked_for_and_not_believed(self, batches: Batches) -> None:
        batches.hear(batches.due())
        assert batches.hear(batches.ended()) == "RUNNING"
        assert batches.hear(batches.ended(job=job_name(NAMES, batches.due_at - timedelta(days=1)))) == "GONE"
        assert batches.jobs.watches == {}

    @pytest.mark.parametrize("status", ["Failed", "Stopped"])
    def test_and_failed_is_told_and_not_watched(self, batches: Batches, status: str) -> None:
        finished(batches, status)
        assert batches.hear(batches.ended(status)) == f"FAILED: {status}"
        assert batches.metrics.told == ["batch_failures"]
        assert batches.jobs.watches == {}


class TestTwoAtOnce:
    def test_are_two_jobs_and_each_is_watched_once(self, batches: Batches) -> None:
        """One started late, so that the next is due before it has ended."""
        dues = [batches.due_at, batches.due_at + timedelta(minutes=1)]
        batches.world.clock.pass_(minutes=1)
        for due in dues * 2:
            batches.hear(batches.due(due))
        batches.world.clock.pass_(minutes=10)
        for due in dues:
            batches.jobs.end(job_name(NAMES, due))
        for due in reversed(dues * 2):
            batches.hear(batches.ended(job=job_name(NAMES, due)))
        batches.hear(SWEEP)
        assert list(batches.jobs.transforms) == [job_name(NAMES, due) for due in dues]
        assert sorted(batches.jobs.watches) == [monitor_name(NAMES, due) for due in dues]

    def test_one_that_is_killed_is_told_and_the_other_is_watched(self, batches: Batches) -> None:
        dues = [batches.due_at, batches.due_at + timedelta(minutes=1)]
        batches.world.clock.pass_(minutes=1)
        for due, status in zip(dues, ("Stopped", "Completed"), strict=True):
            batches.hear(batches.due(due))
            batches.jobs.end(job_name(NAMES, due), status)
            batches.hear(batches.ended(status, job_name(NAMES, due)))
        assert batches.metrics.told == ["batch_failures"]
        assert list(batches.jobs.watches) == [monitor_name(NAMES, dues[1])]
        assert batches.metrics.signs_told == [], "what was killed and not watched is silence"


class TestASweep:
    def test_watches_what_has_ended_unheard(self, batches: Batches) -> None:
        finished(batches)
        assert batches.hear(SWEEP) == "SWEPT"
        assert list(batches.jobs.watches) == [monitor_name(NAMES, batches.due_at)]

    def test_stops_what_takes_too_long(self, batches: Batches) -> None:
        batches.hear(batches.due())
        batches.world.clock.pass_(minutes=59)
        batches.hear(SWEEP)
        assert batches.jobs.transforms[batches.job].status == "InProgress"
        batches.world.clock.pass_(minutes=2)
        batches.hear(SWEEP)
        assert batches.jobs.transforms[batches.job].status == "Stopped"

    def test_leaves_alone_what_ended_long_ago(self, batches: Batches) -> None:
        finished(batches)
        batches.world.clock.pass_(days=2)
        batches.hear(SWEEP)
        assert batches.jobs.watches == {}


class TestLateLabels:
    """A batch was scored and watched; labels count for a day after it was due."""

    @pytest.fixture
    def batches(self) -> Batches:
        found = Batches(replace(DAILY, labels_s=24 * 3600))
        finished(found)
        found.hear(found.ended())
        return found

    def test_are_waited_for(self, batches: Batches) -> None:
        batches.world.clock.pass_(hours=23)
        batches.hear(SWEEP)
        assert list(batches.jobs.watches) == [monitor_name(NAMES, batches.due_at)]

    def test_are_looked_for_once(self, batches: Batches) -> None:
        batches.world.clock.pass_(hours=24)
        for _ in range(3):
            assert batches.hear(SWEEP) == "SWEPT"
        looks = [monitor_name(NAMES, batches.due_at), judge_name(NAMES, batches.due_at)]
        assert list(batches.jobs.watches) == looks

    def test_of_each_batch_are_looked_for(self, batches: Batches) -> None:
        """A day holds many batches of a model that scores every hour."""
        batches.world.policy = replace(POLICY, batch=replace(DAILY, every_s=3600, labels_s=72 * 3600))
        dues = [batches.due_at]
        for _ in range(90):
            batches.world.clock.pass_(hours=1)
            batches.due_at = batches.world.clock.header.replace(second=0)
            finished(batches)
            batches.hear(batches.ended())
            batches.hear(SWEEP)
            dues.append(batches.due_at)
        late = {judge_name(NAMES, due) for due in dues if batches.world.clock.now - due >= timedelta(hours=72)}
        assert len(late) > 20
        assert late <= set(batches.jobs.watches)

    def test_of_a_job_that_failed_are_not_looked_for(self, batches: Batches) -> None:
        batches.jobs.end(batches.job, "Failed")
        batches.world.clock.pass_(hours=25)
        batches.hear(SWEEP)
        assert judge_name(NAMES, batches.due_at) not in batches.jobs.watches

    def test_are_not_looked_for_where_the_team_does_not_ask(self) -> None:
        batches = Batches()
        finished(batches)
        batches.hear(batches.ended())
        batches.world.clock.pass_(hours=25)
        batches.hear(SWEEP)
        assert list(batches.jobs.watches) == [monitor_name(NAMES, batches.due_at)]

    def looks(self, batches: Batches) -> list[str]:
        """For late labels, after all sweeps of the day in which they are looked for; each fails that is told to."""
        for _ in range(24 * 4):
            batches.world.clock.pass_(minutes=15)
            batches.delivered(SWEEP)
        return [name for name in batches.jobs.watches if name != monitor_name(NAMES, batches.due_at)]

    def test_that_could_not_be_looked_for_are_looked_for_again(self, batches: Batches) -> None:
        first, second = (judge_name(NAMES, batches.due_at, attempt) for attempt in (1, 2))
        batches.world.clock.pass_(hours=24)
        batches.jobs.statuses = {first: "Failed", second: "Completed"}
        assert self.looks(batches) == [first, second]

    def test_are_looked_for_three_times_at_most(self, batches: Batches) -> None:
        attempts = [judge_name(NAMES, batches.due_at, attempt) for attempt in (1, 2, 3)]
        batches.world.clock.pass_(hours=24)
        batches.jobs.statuses = dict.fromkeys(attempts, "Failed")
        assert self.looks(batches) == attempts

    @pytest.mark.parametrize("status", ["InProgress", "Stopping", "Stopped", "Completed"])
    def test_are_looked_for_once_where_that_did_not_fail(self, batches: Batches, status: str) -> None:
        first = judge_name(NAMES, batches.due_at)
        batches.world.clock.pass_(hours=24)
        batches.jobs.statuses = {first: status}
        assert self.looks(batches) == [first]

    def test_are_forgotten_a_day_later(self, batches: Batches) -> None:
        batches.world.clock.pass_(hours=49)
        batches.hear(SWEEP)
        assert judge_name(NAMES, batches.due_at) not in batches.jobs.watches

    @pytest.mark.parametrize("fault", Fault)
    @pytest.mark.parametrize("call", range(8))
    def test_are_looked_for_once_whatever_call_goes_wrong(self, batches: Batches, call: int, fault: Fault) -> None:
        batches.world.clock.pass_(hours=24)
        batches.world.faults.plan = {len(batches.world.faults.calls) + call: fault}
        batches.delivered(SWEEP)
        batches.delivered(SWEEP)
        looks = [monitor_name(NAMES, batches.due_at), judge_name(NAMES, batches.due_at)]
        assert list(batches.jobs.watches) == looks

    @pytest.mark.parametrize("fault", Fault)
    @pytest.mark.parametrize("call", range(8))
    def test_are_looked_for_once_more_whatever_call_goes_wrong(self, batches: Batches, call: int, fault: Fault) -> None:
        first, second = (judge_name(NAMES, batches.due_at, attempt) for attempt in (1, 2))
        batches.world.clock.pass_(hours=24)
        batches.delivered(SWEEP)
        batches.jobs.statuses[first] = "Failed"
        batches.world.faults.plan = {len(batches.world.faults.calls) + call: fault}
        batches.delivered(SWEEP)
        batches.delivered(SWEEP)
        assert list(batches.jobs.watches) == [monitor_name(NAMES, batches.due_at), first, second]


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("call", range(8))
def test_one_batch_is_scored_once_and_watched_once_whatever_call_goes_wrong(call: int, fault: Fault) -> None:
    batches = Batches()
    batches.world.faults.plan = {call: fault}
    batches.delivered(batches.due())
    assert list(batches.jobs.transforms) == [batches.job]
    batches.world.clock.pass_(minutes=10)
    batches.jobs.end(batches.job)
    batches.delivered(batches.ended())
    batches.delivered(SWEEP)
    assert list(batches.jobs.watches) == [monitor_name(NAMES, batches.due_at)]
    assert batches.metrics.told == []
