"""Mistakes about what wakes what."""

from __future__ import annotations

from collections.abc import Iterator

from core.contracts.events import AlarmRaised, NotThisEvent, PackageApproved
from tests.wiring import check_events
from tests.wiring.faults.seeding import (
    QUEUE,
    RULE,
    SCHEDULE,
    Fault,
    in_code,
    in_template,
    setting,
    text,
    without,
)


def faults() -> Iterator[Fault]:
    wakes = check_events.each_event_wakes_the_handler_that_reads_it
    exactly = check_events.a_rule_lets_through_exactly_what_its_parser_accepts
    foreign = check_events.nobody_elses_event_wakes_anything
    on_alarm = {"Description": "An alarm of progression was raised"}
    on_package = {"Description": "A package of progression was approved"}
    yield in_template("the rule is for another source", wakes, RULE, setting("EventPattern", "source", to=["aws.ec2"]))
    yield in_template("the rule feeds another queue", wakes, RULE, setting("Targets", 0, "Arn", to="arn:aws:sqs:x"))
    yield in_template("the rule lets every state through", exactly, RULE, without("EventPattern", "detail"), **on_alarm)
    yield in_template(
        "the rule lets rejected packages through",
        exactly,
        RULE,
        without("EventPattern", "detail", "ModelApprovalStatus"),
        **on_package,
    )
    yield in_template("the rule takes any account", foreign, RULE, without("EventPattern", "account"))
    yield in_template("the rule takes anybody's alarm", foreign, RULE, without("EventPattern", "resources"), **on_alarm)
    yield in_code(
        "the parser of alarms looks elsewhere",
        wakes,
        lambda system: {"parsers": {**system.wires.parsers, "alarm_raised": refuses}},
    )
    yield in_code(
        "the parser of another event reads alarms",
        wakes,
        lambda system: {"parsers": {**system.wires.parsers, "alarm_raised": PackageApproved.parse}},
    )
    dropped = check_events.nothing_is_dropped
    handler_queue = {"QueueName": "demo-dev-remediate"}
    yield in_template("the queue has no dead letters", dropped, QUEUE, without("RedrivePolicy"), **handler_queue)
    yield in_template("the rule has no dead letters", dropped, RULE, without("Targets", 0, "DeadLetterConfig"))
    yield in_template("the rule leaves retries to chance", dropped, RULE, without("Targets", 0, "RetryPolicy"))
    yield in_template("the schedule has no dead letters", dropped, SCHEDULE, without("Target", "DeadLetterConfig"))
    yield in_template("a notification is lost", dropped, "AWS::SNS::Subscription", without("RedrivePolicy"))
    yield in_template(
        "messages come back too early",
        check_events.a_message_comes_back_only_when_its_batch_is_over,
        QUEUE,
        setting("VisibilityTimeout", to=60),
        **handler_queue,
    )
    source, feeds = "AWS::Lambda::EventSourceMapping", check_events.every_queue_wakes_its_function
    yield in_template("one bad event fails its batch", feeds, source, without("FunctionResponseTypes"))
    yield in_template("a queue feeds another function", feeds, source, setting("FunctionName", to="demo-dev-other"))
    yield in_template(
        "events may not be queued",
        check_events.rules_may_write_to_their_queues,
        "AWS::SQS::QueuePolicy",
        text("PolicyDocument", "events.amazonaws.com", "sns.amazonaws.com"),
        Queues=["demo-dev-remediate", "demo-dev-remediate-dead"],
    )
    swept = check_events.every_handler_is_swept
    sweep = {"Name": "demo-dev-remediate-sweep"}
    yield in_template("the sweep is switched off", swept, SCHEDULE, setting("State", to="DISABLED"), **sweep)
    yield in_template(
        "the sweep goes elsewhere", swept, SCHEDULE, setting("Target", "Arn", to="arn:aws:sqs:x"), **sweep
    )
    yield in_code("the sweep is read as an alarm", swept, lambda system: {"sweep": AlarmRaised.parse})


def refuses(event: object) -> None:
    raise NotThisEvent("looks for detail.status")
