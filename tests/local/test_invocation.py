"""Asynchronous invocations: who may cause them, how often they are tried, and where their outcome goes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

from local import clock
from local.delivery import Failure, RetryPolicy, Undelivered, deliver
from local.invocation import error_type, permitted
from local.queues import give_back
from local.settings import Settings
from local.start import EmbeddedAws
from tests.local.conftest import allow
from tests.local.messages import let_rule_send, listen, received, taken

FAILS = "class DriftError(Exception): ...\ndef handler(event, context):\n    raise DriftError('no: it\\nfails')\n"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:f"
Made = Callable[..., tuple[str, str]]


class TestDelivery:
    @pytest.fixture(autouse=True)
    def _fast(self, in_process: Settings) -> None:
        clock.start(1)  # fast, and yet an event does not get a day old while the machine is busy

    def attempts(self, outcomes: Sequence[Undelivered | None], policy: RetryPolicy) -> tuple[int, Failure | None]:
        made: list[int] = []

        def attempt(number: int) -> None:
            made.append(number)
            outcome = outcomes[min(number, len(outcomes)) - 1]
            if outcome is not None:
                raise outcome

        failure = deliver(attempt, policy)
        assert made == list(range(1, len(made) + 1))
        return len(made), failure

    def test_a_passing_fault_is_tried_again(self) -> None:
        throttled = Undelivered("Throttling", "slow down", again=True)
        assert self.attempts([throttled, throttled, None], RetryPolicy()) == (3, None)

    def test_the_policy_bounds_the_attempts(self) -> None:
        made, failure = self.attempts([Undelivered("Busy", "", again=True)], RetryPolicy(attempts=2))
        assert (made, failure) == (3, Failure("Busy", "", 2, "MaximumRetryAttempts"))

    def test_the_policy_bounds_the_age(self) -> None:
        made, failure = self.attempts([Undelivered("Busy", "", again=True)], RetryPolicy(age_s=100))
        assert failure is not None
        assert (made < 4, failure.exhausted) == (True, "MaximumEventAgeInSeconds")

    def test_what_cannot_succeed_is_tried_once(self) -> None:
        made, failure = self.attempts([Undelivered("Denied", "", again=False)], RetryPolicy())
        assert (made, failure) == (1, Failure("Denied", "", 0, None))


class TestPermission:
    def policy(self, **condition: Any) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": ARN}
        principal = {"Service": "events.amazonaws.com"}
        return {"Statement": [{**statement, "Principal": principal, "Condition": condition}]}

    def test_a_service_needs_the_functions_permission(self, in_process: Settings) -> None:
        assert permitted(self.policy(), ARN, "events.amazonaws.com", "arn:rule")
        assert not permitted(self.policy(), ARN, "sns.amazonaws.com", "arn:topic")
        assert not permitted({"Statement": []}, ARN, "events.amazonaws.com", "arn:rule")

    def test_a_permission_may_be_for_one_source(self, in_process: Settings) -> None:
        one = self.policy(ArnLike={"AWS:SourceArn": "arn:aws:events:us-east-1:000000000000:rule/one"})
        source = "arn:aws:events:us-east-1:000000000000:rule/"
        assert permitted(one, ARN, "events.amazonaws.com", source + "one")
        assert not permitted(one, ARN, "events.amazonaws.com", source + "two")


def test_the_class_of_an_exception_is_read_from_its_traceback() -> None:
    trace = 'Traceback (most recent call last):\n  File "index.py", line 3, in handler\n    raise x\n{}\nmore: text'
    assert error_type("a line of the log\n" + trace.format("index.DriftError: no: reason")) == "DriftError"
    assert error_type(trace.format("KeyError")) == "KeyError"
    assert error_type("no traceback here") is None


def test_a_message_given_back_waits_for_simulated_seconds(in_process: Settings) -> None:
    clock.start(36)  # a hundred times as fast
    given, gone = {"visible_at": 1300.0}, {"visible_at": 1000.5}
    give_back([given, gone], visibility_s=300, now=1000)
    assert (given["visible_at"], gone["visible_at"]) == (1003.0, 1000.5)


@pytest.mark.slow
class TestOnTheEmbeddedAws:
    def test_a_failing_function_is_tried_three_times_and_its_failure_is_kept(
        self, aws: EmbeddedAws, role: Callable[..., str], queue: Made, function: Made
    ) -> None:
        (failures, failures_arn), (dead, dead_arn) = queue(), queue()
        name, arn = function(
            FAILS, allow("sqs:SendMessage", on=[failures_arn, dead_arn]), DeadLetterConfig={"TargetArn": dead_arn}
        )
        destination = {"OnFailure": {"Destination": failures_arn}}
        aws.client("lambda").put_function_event_invoke_config(FunctionName=name, DestinationConfig=destination)
        aws.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b'{"x": 1}')
        record = json.loads(received(aws, failures)["Body"])
        assert record["requestContext"]["condition"] == "RetriesExhausted"
        assert record["requestContext"]["approximateInvokeCount"] == 3
        assert record["requestContext"]["functionArn"] == f"{arn}:$LATEST"
        assert record["responsePayload"]["errorType"] == "DriftError"
        letter = received(aws, dead)
        assert json.loads(letter["Body"]) == {"x": 1}
        assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no: it\nfails"

    def test_a_success_is_told_to_its_destination(self, aws: EmbeddedAws, queue: Made, function: Made) -> None:
        url, arn = queue()
        name, _ = function("def handler(event, context):\n    return event['x'] + 1\n", allow("sqs:SendMessage"))
        destination = {"OnSuccess": {"Destination": arn}}
        aws.client("lambda").put_function_event_invoke_config(FunctionName=name, DestinationConfig=destination)
        aws.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b'{"x": 1}')
        record = json.loads(received(aws, url)["Body"])
        assert (record["requestContext"]["condition"], record["responsePayload"]) == ("Success", 2)

    def test_a_rule_without_permission_leaves_its_event_in_the_dead_letter_queue(
        self, aws: EmbeddedAws, queue: Made, function: Made, unique: Callable[[str], str]
    ) -> None:
        (url, dead_arn), (_, arn), rule = queue(), function(FAILS), unique("rule")
        events = aws.client("events")
        rule_arn = events.put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))["RuleArn"]
        let_rule_send(aws, url, dead_arn, rule_arn)
        events.put_targets(Rule=rule, Targets=[{"Id": "f", "Arn": arn, "DeadLetterConfig": {"Arn": dead_arn}}])
        events.put_events(Entries=[{"Source": rule, "DetailType": "t", "Detail": "{}"}])
        letter = received(aws, url)
        attributes = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
        assert attributes["ERROR_CODE"] == "NO_PERMISSIONS"
        assert (attributes["RULE_ARN"], attributes["TARGET_ARN"]) == (rule_arn, arn)
        assert json.loads(letter["Body"])["source"] == rule

    def test_an_event_carries_the_simulated_time(
        self, aws: EmbeddedAws, queue: Made, unique: Callable[[str], str]
    ) -> None:
        (url, arn), rule, events = queue(), unique("rule"), aws.client("events")
        listen(aws, rule, {"source": [rule]}, url, arn)
        time.sleep(0.1)  # simulated, more than a minute
        before = aws.now()
        events.put_events(Entries=[{"Source": rule, "DetailType": "sent", "Detail": "{}"}])
        sent = datetime.fromisoformat(json.loads(received(aws, url)["Body"])["time"])
        assert before.replace(microsecond=0) <= sent <= aws.now()

    def test_a_rule_needs_the_queues_policy(self, aws: EmbeddedAws, queue: Made, unique: Callable[[str], str]) -> None:
        (url, arn), rule = queue(), unique("rule")
        events = aws.client("events")
        rule_arn = events.put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))["RuleArn"]
        events.put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": arn}])
        events.put_events(Entries=[{"Source": rule, "DetailType": "before", "Detail": "{}"}])
        let_rule_send(aws, url, arn, rule_arn)
        events.put_events(Entries=[{"Source": rule, "DetailType": "after", "Detail": "{}"}])
        assert json.loads(received(aws, url)["Body"])["detail-type"] == "after"

    def test_a_topic_invokes_who_lets_it(
        self, aws: EmbeddedAws, queue: Made, function: Made, unique: Callable[[str], str]
    ) -> None:
        url, arn = queue()
        echo = "def handler(event, context):\n    return event['Records'][0]['Sns']['Message']\n"
        name, function_arn = function(echo, allow("sqs:SendMessage"))
        client, topic = aws.client("lambda"), aws.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
        client.put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": arn}}
        )
        aws.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function_arn)
        aws.client("sns").publish(TopicArn=topic, Message="refused")
        client.add_permission(
            FunctionName=name,
            StatementId="topic",
            Action="lambda:InvokeFunction",
            Principal="sns.amazonaws.com",
            SourceArn=topic,
        )
        aws.client("sns").publish(TopicArn=topic, Message="accepted")
        assert json.loads(received(aws, url)["Body"])["responsePayload"] == "accepted"

    def test_a_bucket_invokes_who_lets_it(
        self, aws: EmbeddedAws, queue: Made, function: Made, unique: Callable[[str], str]
    ) -> None:
        (url, arn), s3, bucket = queue(), aws.client("s3"), unique("bucket")
        name, function_arn = function(
            "def handler(event, context):\n    return event['Records'][0]['s3']['object']['key']\n", allow("sqs:*")
        )
        told = {"OnSuccess": {"Destination": arn}}
        aws.client("lambda").put_function_event_invoke_config(FunctionName=name, DestinationConfig=told)
        s3.create_bucket(Bucket=bucket)
        notify = {"LambdaFunctionArn": function_arn, "Events": ["s3:ObjectCreated:*"]}
        configuration = {"LambdaFunctionConfigurations": [notify]}
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=configuration, SkipDestinationValidation=True
        )
        s3.put_object(Bucket=bucket, Key="refused", Body=b"")
        aws.client("lambda").add_permission(
            FunctionName=name,
            StatementId="bucket",
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
            SourceArn=f"arn:aws:s3:::{bucket}",
            SourceAccount="000000000000",
        )
        s3.put_object(Bucket=bucket, Key="accepted", Body=b"")
        assert json.loads(received(aws, url)["Body"])["responsePayload"] == "accepted"

    def test_a_message_that_a_function_gives_back_comes_again_and_ends_in_the_dead_letter_queue(
        self, aws: EmbeddedAws, queue: Made, function: Made
    ) -> None:
        (url, arn), (dead, dead_arn) = queue(), queue()
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
        aws.client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "300"}
        )
        gives_back = (
            "def handler(event, context):\n"
            "    bad = [r['messageId'] for r in event['Records'] if r['body'] == 'bad']\n"
            "    return {'batchItemFailures': [{'itemIdentifier': i} for i in bad]}\n"
        )
        name, _ = function(gives_back, allow("sqs:*"))
        aws.client("lambda").create_event_source_mapping(
            EventSourceArn=arn, FunctionName=name, FunctionResponseTypes=["ReportBatchItemFailures"]
        )
        for body in ("good", "bad"):
            aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)
        letter = received(aws, dead)
        assert letter["Body"] == "bad"
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        left = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        assert set(left.values()) == {"0"}

    @pytest.mark.parametrize("ends", ["return {}", "raise ValueError('no')"])
    def test_a_queue_may_go_while_a_function_works_on_its_messages(
        self, aws: EmbeddedAws, queue: Made, function: Made, ends: str
    ) -> None:
        (url, arn), (seen, _), sqs = queue(), queue(), aws.client("sqs")
        source = (
            "import boto3, time\n"
            "def handler(event, context):\n"
            f"    say = lambda text: boto3.client('sqs').send_message(QueueUrl={seen!r}, MessageBody=text)\n"
            "    say('begun'); time.sleep(1); say('ending')\n"
            f"    {ends}\n"
        )
        name, _ = function(source, allow("sqs:*"))
        aws.client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=name)
        before = len(log_of(aws))
        sqs.send_message(QueueUrl=url, MessageBody="work")
        assert taken(aws, seen) == "begun"
        sqs.delete_queue(QueueUrl=url)
        assert taken(aws, seen) == "ending"
        time.sleep(1)  # until its answer was read
        assert "background task" not in log_of(aws)[before:]


def log_of(aws: EmbeddedAws) -> str:
    return (aws.home / "launcher.log").read_text(errors="replace")
