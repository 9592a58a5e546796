"""EventBridge Scheduler on the simulated clock: when schedules are due, what they call, and what they leave behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.delivery import Undelivered
from local.scheduler.expressions import occurrences
from local.scheduler.invocation import fill
from local.settings import Settings
from local.start import EmbeddedAws, eventually
from local.targets import call_for
from tests.local.conftest import allow

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def due(expression: str, after: datetime, hours: float, anchor: datetime = NOON, zone: str = "UTC") -> list[datetime]:
    return list(occurrences(expression, anchor, after, after + timedelta(hours=hours), zone))


def at(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


class TestWhenASchedulesIsDue:
    def test_a_rate_counts_from_its_anchor(self) -> None:
        anchor = NOON + timedelta(minutes=10)
        assert due("rate(1 hour)", NOON, 3, anchor) == [at(12, 10), at(13, 10), at(14, 10)]

    def test_nothing_is_due_before_the_anchor(self) -> None:
        assert due("rate(5 minutes)", NOON - timedelta(hours=2), 1) == []

    def test_a_due_time_belongs_to_the_look_that_ends_with_it(self) -> None:
        assert due("cron(0 * * * ? *)", NOON, 1) == [at(13)]
        assert due("cron(0 * * * ? *)", NOON - timedelta(hours=1), 1) == [at(12)]

    def test_cron_keeps_the_wall_time_of_its_zone(self) -> None:
        assert due("cron(30 9 * * ? *)", NOON, 24, zone="Europe/Berlin") == [at(8, 30, day=21)]

    def test_a_one_time_schedule_is_due_once(self) -> None:
        assert due("at(2026-11-20T14:00:00)", NOON, 24, zone="Europe/Berlin") == [at(13)]

    def test_a_month_has_its_last_day(self) -> None:
        assert due("cron(0 0 L * ? *)", NOON, 24 * 30) == [at(0, day=30)]

    @given(
        expression=st.sampled_from(["rate(7 minutes)", "cron(0/15 * * * ? *)", "cron(0 3,9 ? * MON-FRI *)"]),
        looks=st.lists(st.integers(1, 5000), min_size=1, max_size=12),
    )
    def test_however_often_the_clock_is_looked_at_each_time_is_due_once(
        self, expression: str, looks: list[int]
    ) -> None:
        found, moment = [], NOON
        for minutes in looks:
            found += due(expression, moment, minutes / 60)
            moment += timedelta(minutes=minutes)
        assert found == due(expression, NOON, sum(looks) / 60)


class TestWhatATargetCalls:
    def test_a_universal_target_is_the_operation_that_it_names(self) -> None:
        call = call_for("arn:aws:scheduler:::aws-sdk:sagemaker:createProcessingJob", '{"ProcessingJobName": "a"}', {})
        assert (call.service, call.operation, call.params) == (
            "sagemaker",
            "CreateProcessingJob",
            {"ProcessingJobName": "a"},
        )

    def test_a_universal_target_may_use_the_name_of_an_sdk(self) -> None:
        assert call_for("arn:aws:scheduler:::aws-sdk:sfn:startExecution", "{}", {}).service == "stepfunctions"

    @pytest.mark.parametrize("what", ["aws-sdk:sagemaker:createNothing", "aws-sdk:nosuch:do"])
    def test_what_is_no_operation_is_not_retried(self, what: str) -> None:
        with pytest.raises(Undelivered) as undelivered:
            call_for(f"arn:aws:scheduler:::{what}", "{}", {})
        assert not undelivered.value.again

    def test_a_queue_gets_the_payload(self, in_process: Settings) -> None:
        call = call_for("arn:aws:sqs:us-east-1:000000000000:jobs", "{}", {})
        assert call.params == {"QueueUrl": "http://127.0.0.1:1/000000000000/jobs", "MessageBody": "{}"}

    def test_context_attributes_are_filled_in(self) -> None:
        text = '{"at": "<aws.scheduler.scheduled-time>", "try": <aws.scheduler.attempt-number>}'
        assert fill(text, "arn", NOON, "e", 2) == '{"at": "2026-11-20T12:00:00Z", "try": 2}'


@pytest.mark.slow
class TestOnTheEmbeddedAws:
    def test_every_hour_has_one_message_with_its_own_time(
        self, aws: EmbeddedAws, role: Callable[..., str], queue: Callable[[], tuple[str, str]], unique: Any
    ) -> None:
        url, arn = queue()
        target = {
            "Arn": arn,
            "RoleArn": role("scheduler", allow("sqs:SendMessage", on=arn)),
            "Input": '{"at": "<aws.scheduler.scheduled-time>", "attempt": "<aws.scheduler.attempt-number>"}',
        }
        schedule(aws, unique("hourly"), "cron(0/30 * * * ? *)", target)
        bodies, times = [], []
        for _ in eventually():  # they need not come in order
            bodies += [json.loads(message["Body"]) for message in messages(aws, url, 1)]
            times = sorted(datetime.fromisoformat(body["at"]) for body in bodies)
            gaps = [later - earlier for earlier, later in pairwise(times)]
            if len(times) >= 3 and max(gaps) == timedelta(minutes=30):
                break
        assert {time.minute % 30 for time in times} == {0}
        assert set(gaps) == {timedelta(minutes=30)}, "no time has two messages"
        assert {body["attempt"] for body in bodies} == {"1"}

    def test_a_universal_target_acts_as_the_role(
        self, aws: EmbeddedAws, role: Callable[..., str], queue: Callable[[], tuple[str, str]], unique: Any
    ) -> None:
        dead, dead_arn = queue()
        parameter = f"/{unique('parameter')}"
        target = {
            "Arn": "arn:aws:scheduler:::aws-sdk:ssm:putParameter",
            "RoleArn": role("scheduler", allow("ssm:PutParameter"), allow("sqs:SendMessage")),
            "Input": json.dumps({"Name": parameter, "Value": "<aws.scheduler.scheduled-time>", "Type": "String"}),
        }
        schedule(aws, unique("universal"), "rate(1 day)", target)
        for _ in eventually():
            found = aws.client("ssm").get_parameters(Names=[parameter])["Parameters"]
            if found:
                break
        assert found[0]["Value"].endswith("Z")

        denied = role("scheduler", allow("sqs:SendMessage"))
        schedule(
            aws,
            unique("denied"),
            "rate(1 day)",
            {**target, "RoleArn": denied, "DeadLetterConfig": {"Arn": dead_arn}},
        )
        letter = messages(aws, dead, 1)[0]
        texts = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        assert texts["ERROR_CODE"] == "AccessDeniedException"
        assert (texts["RETRY_ATTEMPTS"], "EXHAUSTED_RETRY_CONDITION" in texts) == ("0", False)
        assert json.loads(letter["Body"])["Name"] == parameter

    def test_a_disabled_schedule_does_not_fire_nor_catch_up(
        self, aws: EmbeddedAws, role: Callable[..., str], queue: Callable[[], tuple[str, str]], unique: Any
    ) -> None:
        url, arn = queue()
        target = {"Arn": arn, "RoleArn": role("scheduler", allow("sqs:SendMessage")), "Input": "{}"}
        name = unique("disabled")
        schedule(aws, name, "rate(1 minute)", target, State="DISABLED")
        until = aws.now() + timedelta(minutes=30)
        for _ in eventually():
            if aws.now() > until:
                break
        enabled = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
        aws.client("scheduler").update_schedule(Name=name, State="ENABLED", **enabled)
        assert aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages") is None

    def test_a_rule_with_a_schedule_keeps_the_simulated_time(
        self, aws: EmbeddedAws, queue: Callable[[], tuple[str, str]], unique: Any
    ) -> None:
        url, arn = queue()
        allow_rule(aws, url, arn)
        events, name = aws.client("events"), unique("rule")
        before = aws.now()
        events.put_rule(Name=name, ScheduleExpression="rate(10 minutes)")
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        event = json.loads(messages(aws, url, 1)[0]["Body"])
        received = aws.now()
        events.remove_targets(Rule=name, Ids=["queue"])
        fired = datetime.fromisoformat(event["time"])
        assert event["detail-type"] == "Scheduled Event"
        assert before + timedelta(minutes=9) < fired <= received


def schedule(aws: EmbeddedAws, name: str, expression: str, target: dict[str, Any], **more: Any) -> None:
    aws.client("scheduler").create_schedule(
        Name=name, ScheduleExpression=expression, FlexibleTimeWindow={"Mode": "OFF"}, Target=target, **more
    )


def messages(aws: EmbeddedAws, url: str, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for _ in eventually():
        answer = aws.client("sqs").receive_message(
            QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(message)
        if len(found) >= count:
            return found
    return found


def allow_rule(aws: EmbeddedAws, url: str, arn: str) -> None:
    statement = {**allow("sqs:SendMessage", on=arn), "Principal": {"Service": "events.amazonaws.com"}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
