"""A budget that is spent freezes the start of runs: once a month, for real, and people hear of it once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.budget_letter import BudgetReached
from core.contracts.events import NotThisEvent
from core.remediation.outcomes import Outcome
from core.remediation.rows import RejectedRow
from lambdas.failures import Unavailable
from tests.lambdas.faults import Crash, Fault
from tests.lambdas.governing import GPU, TOPIC, Governed, envelope, letter
from tests.lambdas.world import MODEL, SWEEP


@pytest.fixture
def governed() -> Governed:
    return Governed()


def lift(governed: Governed) -> None:
    """What a person does."""
    governed.world.ledger.put(replace(governed.world.team, starts_frozen=""))


def test_a_drift_alarm_after_the_freeze_starts_nothing(governed: Governed) -> None:
    governed.budget.actual_usd = 210
    assert governed.govern(governed.letter()) == "FROZEN"
    assert governed.world.remediate(governed.world.raise_alarm()) == "BLOCKED_FREEZE"
    assert governed.world.pipelines.runs == []
    assert "210.00 of 200.00 USD of November 2026" in governed.world.topic.notices[-1].text


def test_a_freeze_between_reading_and_claim_wins(governed: Governed) -> None:
    governed.budget.actual_usd = 210
    world = governed.world

    def freeze_first(call: str) -> None:
        if call == "ledger.commit" and not world.team.starts_frozen:
            world.faults.pause = lambda call: None
            governed.govern(governed.letter())

    world.faults.pause = freeze_first
    assert world.remediate(world.raise_alarm()) == "BLOCKED_FREEZE"
    assert world.pipelines.runs == []


def test_a_freeze_between_claim_and_start_wins(governed: Governed) -> None:
    governed.budget.actual_usd = 210
    world = governed.world
    world.faults.plan = {world_calls(governed).index("pipelines.start"): Fault.CRASH_BEFORE}
    body = world.raise_alarm()
    with pytest.raises(Crash):
        world.remediate(body)
    governed.govern(governed.letter())
    world.remediate(body)
    world.clock.pass_(minutes=60)  # before that, its handler may still be about to start it
    world.remediate(SWEEP)
    assert world.episodes[0].outcome is Outcome.BLOCKED_FREEZE
    assert world.pipelines.runs == []


def world_calls(governed: Governed) -> list[str]:
    """The calls that answering an alarm makes."""
    rehearsal = Governed().world
    rehearsal.remediate(rehearsal.raise_alarm())
    return rehearsal.faults.calls


def test_people_hear_of_it_once_however_often_the_letter_comes(governed: Governed) -> None:
    governed.budget.actual_usd = 210
    body = governed.letter()
    assert {governed.govern(each) for each in (body, body, SWEEP, body, SWEEP)} == {"FROZEN", "SWEPT"}
    (notice,) = governed.world.topic.notices
    assert (notice.attributes["dedup"], notice.attributes["urgency"]) == ("budget-2026-11", "action")


def test_a_lost_letter_is_made_up_for_by_the_sweep(governed: Governed) -> None:
    governed.budget.actual_usd = 200
    assert governed.govern(SWEEP) == "SWEPT"
    assert governed.world.team.starts_frozen
    assert len(governed.world.topic.notices) == 1


def test_a_letter_about_a_budget_that_is_not_spent_freezes_nothing(governed: Governed) -> None:
    """Whoever wrote it: AWS Budgets is asked."""
    governed.budget.actual_usd = 199.99
    assert governed.govern(governed.letter()) == "WITHIN"
    assert governed.world.remediate(governed.world.raise_alarm()) == "STARTED"


def test_a_person_who_lifts_it_is_obeyed_for_the_rest_of_the_month(governed: Governed) -> None:
    governed.budget.actual_usd = 210
    governed.govern(governed.letter())
    lift(governed)
    assert governed.govern(SWEEP) == "SWEPT"
    assert governed.govern(governed.letter()) == "WITHIN"
    assert governed.world.remediate(governed.world.raise_alarm()) == "STARTED"


def test_the_next_month_does_not_lift_it(governed: Governed) -> None:
    governed.budget.actual_usd = 210
    governed.govern(governed.letter())
    governed.next_month()
    governed.budget.actual_usd = 3
    assert governed.govern(SWEEP) == "SWEPT"
    assert governed.world.team.no_starts


def test_the_next_month_freezes_again_and_says_so_again(governed: Governed) -> None:
    governed.budget.actual_usd = 210
    governed.govern(governed.letter())
    lift(governed)
    governed.next_month()
    assert governed.govern(governed.letter()) == "FROZEN"
    assert [each.attributes["dedup"] for each in governed.world.topic.notices] == ["budget-2026-11", "budget-2026-12"]


def test_on_the_first_of_a_month_only_a_letter_of_that_month_is_believed(governed: Governed) -> None:
    """The figures may still be the last month's."""
    yesterday = letter(governed.world.clock.now.replace(day=30))
    governed.world.clock.now = governed.world.clock.now.replace(month=12, day=1)
    governed.budget.actual_usd = 210
    governed.govern(SWEEP)
    governed.govern(envelope(yesterday))
    assert not governed.world.team.no_starts
    governed.govern(governed.letter())
    assert governed.world.team.no_starts


def test_a_freeze_by_a_person_and_one_by_the_budget_do_not_overwrite_each_other(governed: Governed) -> None:
    governed.world.freeze("incident 7")
    governed.budget.actual_usd = 210
    governed.govern(governed.letter())
    assert governed.world.team.frozen == "incident 7"
    lift(governed)
    assert governed.world.remediate(governed.world.raise_alarm()) == "BLOCKED_FREEZE"


def test_better_models_that_are_ready_are_deployed_all_the_same(governed: Governed) -> None:
    world = governed.world
    world.remediate(world.raise_alarm())
    world.end_run(world.pipelines.runs[0])
    governed.budget.actual_usd = 210
    governed.govern(governed.letter())
    world.sweep()
    assert len(world.endpoints.deployments) == 1


@pytest.mark.parametrize("fault", list(Fault))
def test_whatever_is_lost_or_killed_it_ends_frozen_and_announced(fault: Fault) -> None:
    rehearsal = Governed()
    rehearsal.budget.actual_usd = 210
    rehearsal.govern(rehearsal.letter())
    for index in range(len(rehearsal.world.faults.calls)):
        governed = Governed()
        governed.budget.actual_usd = 210
        governed.world.faults.plan = {index: fault}
        governed.world.delivered(governed.govern, governed.letter())
        assert governed.world.team.starts_frozen
        dedups = {notice.attributes["dedup"] for notice in governed.world.topic.notices}
        assert dedups == {"budget-2026-11"}, f"{fault} of call {index}"


def test_what_is_spent_is_a_metric(governed: Governed) -> None:
    governed.budget.actual_usd = 12.5
    governed.govern(SWEEP)
    assert (governed.metrics.newest("month_spend_usd"), governed.metrics.newest("starts_frozen")) == (12.5, 0)
    governed.budget.actual_usd = 250
    governed.govern(SWEEP)
    assert (governed.metrics.newest("month_spend_usd"), governed.metrics.newest("starts_frozen")) == (250, 1)


def test_a_budget_that_cannot_be_asked_does_not_keep_the_quotas_waiting(governed: Governed) -> None:
    governed.watch_list.wanted = {GPU: 4}
    governed.world.faults.plan = {0: Fault.REQUEST_LOST}
    with pytest.raises(Unavailable, match=r"budget\.spending"):
        governed.govern(SWEEP)
    assert governed.quotas.asked == [(GPU, 4)]


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("is of", {"Budget_Name": "rival-dev-0123abcd"}),
        ("is of", {"AWS_Account": "999999999999"}),
        ("FORECASTED", {"Alert_Type": "FORECASTED"}),
        ("not a day", {"AWS_Budget_Notification": "sometime"}),
    ],
)
def test_a_letter_about_something_else_is_refused(governed: Governed, why: str, change: dict[str, str]) -> None:
    governed.budget.actual_usd = 210
    assert governed.govern(governed.letter(**change)) == "REJECTED_EVENT"
    assert why in rejected(governed)[0].reason
    assert not governed.world.team.no_starts


def test_a_letter_from_another_topic_is_refused(governed: Governed) -> None:
    governed.budget.actual_usd = 210
    forged = envelope(letter(governed.world.clock.now), TOPIC.replace("-budget", "-notifications"))
    assert governed.govern(forged) == "REJECTED_EVENT"


def rejected(governed: Governed) -> list[RejectedRow]:
    rows = governed.world.ledger.peek(*governed.world.ledger.items).rows.values()
    return [row for row in rows if isinstance(row, RejectedRow)]


def test_the_letter_that_aws_sends_is_read() -> None:
    """Recorded with other names and numbers."""
    message = (
        "AWS Budget Notification June 07, 2026\nAWS Account 111122223333\n\nDear AWS Customer,\n\n"
        "You requested that we alert you when the ACTUAL Cost associated with your demo-dev-0123abcd budget is greater "
        "than $200.00 for the current month. The ACTUAL Cost associated with this budget is $210.49. You can find "
        "additional details below and by accessing the AWS Budgets dashboard [1].\n\nBudget Name: demo-dev-0123abcd\n"
        "Budget Type: Cost\nBudgeted Amount: $200.00\nAlert Type: ACTUAL\nAlert Threshold: > $200.00\n"
        "ACTUAL Amount: $210.49\n\n[1] https://console.aws.amazon.com/billing/home#/budgets\n"
    )
    read = BudgetReached.parse(json.loads(envelope(message)))
    assert (read.topic, read.account, read.budget) == (TOPIC, "111122223333", "demo-dev-0123abcd")
    assert f"{read.day:%Y-%m-%d}" == "2026-06-07"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Budget Name: demo-dev-0123abcd",
        letter(Governed().world.clock.now) + "\nBudget Name: demo-dev-0123abcd",
        letter(Governed().world.clock.now) * 20,
        "x" * 9000,
    ],
)
def test_a_letter_with_lines_that_are_missing_or_twice_there_is_refused(message: str) -> None:
    with pytest.raises(NotThisEvent):
        BudgetReached.parse(json.loads(envelope(message)))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional={"Type": anything, "TopicArn": anything, "Message": anything}) | anything)
def test_nothing_but_a_letter_is_let_in(value: Any) -> None:
    governed = Governed()
    governed.budget.actual_usd = 210
    assert governed.govern(json.dumps(value)) == "REJECTED_EVENT"
    assert not governed.world.team.no_starts


def failed_job(job: str, **changed: Any) -> str:
    event = {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Processing Job State Change",
        "account": "111122223333",
        "detail": {"ProcessingJobName": job, "ProcessingJobStatus": "Failed"},
    }
    return json.dumps(event | changed)


@pytest.mark.fault("F41")
def test_a_failed_run_of_a_monitor_is_counted(governed: Governed) -> None:
    assert governed.govern(failed_job("demo-dev-progression-monitor-d32c5kddcf5bb8c3")) == "COUNTED"
    (datum,) = governed.metrics.data
    assert (datum["MetricName"], datum["Value"]) == ("monitor_failures", 1)
    values = {each["Name"]: each["Value"] for each in datum["Dimensions"]}
    assert values == {"Endpoint": f"demo-dev-{MODEL}", "MonitoringSchedule": f"demo-dev-{MODEL}-monitor"}


def scheduled_job(schedule: str) -> str:
    event = json.loads(failed_job("bias-monitoring-202611201000-7d1c0aa1b2c3"))
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:monitoring-schedule/{schedule}"
    return json.dumps({**event, "detail": {**event["detail"], "MonitoringScheduleArn": arn}})


@pytest.mark.parametrize("kind", ["mb", "bmb"], ids=["of requests", "of batches"])
def test_a_failed_run_of_sagemakers_own_schedule_is_counted_for_the_same_alarm(governed: Governed, kind: str) -> None:
    assert governed.govern(scheduled_job(f"demo-dev-{MODEL}-{kind}")) == "COUNTED"
    (datum,) = governed.metrics.data
    values = {each["Name"]: each["Value"] for each in datum["Dimensions"]}
    assert values == {"Endpoint": f"demo-dev-{MODEL}", "MonitoringSchedule": f"demo-dev-{MODEL}-monitor"}


@pytest.mark.parametrize(
    "body",
    [
        scheduled_job("demo-dev-other-mb"),
        failed_job("demo-dev-other-monitor-d32c5kddcf5bb8c3"),
        failed_job("demo-dev-progression-monitor-x-monitor-d32c5kddcf5bb8c3"),
        failed_job("demo-dev-progression-monitor-d32c5kddcf5bb8c3", account="999999999999"),
    ],
    ids=["a schedule of another model", "another model", "a model whose name begins alike", "another account"],
)
def test_a_failed_job_that_is_no_run_of_ours_is_refused(governed: Governed, body: str) -> None:
    assert governed.govern(body) == "REJECTED_EVENT"
    assert governed.metrics.data == []
