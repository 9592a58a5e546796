"""What wakes what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto.events.models import EventPattern

from core.contracts.events import NotThisEvent
from tests.wiring.system import HANDLERS, System, recorded

RULE, QUEUE, SOURCE = "AWS::Events::Rule", "AWS::SQS::Queue", "AWS::Lambda::EventSourceMapping"


def woken_by(system: System, event: dict[str, Any]) -> list[str]:
    """ARNs of everything that an event reaches."""
    rules = system.deployed.of(RULE)
    matching = [rule for rule in rules if EventPattern.load(json.dumps(rule["EventPattern"])).matches_event(event)]
    return [target["Arn"] for rule in matching for target in rule["Targets"]]


def each_event_wakes_the_handler_that_reads_it(system: System) -> None:
    for name, handler in system.wires.woken.items():
        event = recorded(name)
        queue = system.arns.of("sqs", system.names.queue(handler))
        assert woken_by(system, event) == [queue], f"{name} should wake {handler} alone"
        system.wires.parsers[name](event)


def a_rule_lets_through_exactly_what_its_parser_accepts(system: System) -> None:
    """More, and messages that nobody can read circle in a queue; less, and something is never answered."""
    for name in system.wires.woken:
        for changed in variations(name):
            woken, read = bool(woken_by(system, changed)), _reads(system, name, changed)
            assert woken == read, f"{name} {'wakes' if woken else 'does not wake'}, the parser says {read}: {changed}"


def _reads(system: System, name: str, event: dict[str, Any]) -> bool:
    try:
        system.wires.parsers[name](event)
    except NotThisEvent:
        return False
    return True


def nobody_elses_event_wakes_anything(system: System) -> None:
    """Another account's event, another team's, another source's."""
    for name in system.wires.woken:
        text = json.dumps(recorded(name))
        for ours, theirs in (("000000000000", "999999999999"), ("demo-dev", "rival-dev"), ('"aws.', '"my.')):
            foreign = json.loads(text.replace(ours, theirs))
            assert not woken_by(system, foreign), f"{name} with {theirs} instead of {ours} wakes somebody"
        stolen = {**recorded(name), "account": "999999999999"}
        assert not woken_by(system, stolen), f"{name} of another account, about our resources, wakes somebody"


DECIDING = {
    "alarm_raised": ("detail.state.value", ("OK", "INSUFFICIENT_DATA", "ALARM")),
    "package_approved": ("detail.ModelApprovalStatus", ("PendingManualApproval", "Rejected", "Approved")),
    "pipeline_changed": ("detail.currentPipelineExecutionStatus", ("Executing", "Stopped", "Failed", "Succeeded")),
    "endpoint_changed": ("detail.EndpointStatus", ("UPDATING", "ROLLING_BACK", "FAILED", "IN_SERVICE")),
    "monitor_failed": ("detail.ProcessingJobStatus", ("InProgress", "Completed", "Stopping", "Stopped", "Failed")),
}
"""The value that decides whether an event matters, and what AWS writes there."""


def variations(name: str) -> Iterator[dict[str, Any]]:
    """The recorded event with every value that AWS may write where it decides."""
    path, values = DECIDING[name]
    for changed_path, changed_values in ((path, values), ("source", ("aws.ec2",)), ("detail-type", ("Other",))):
        for value in changed_values:
            changed = recorded(name)
            *way, last = changed_path.split(".")
            holder = changed
            for part in way:
                holder = holder[part]
            assert last in holder
            holder[last] = value
            yield changed


def every_queue_wakes_its_function(system: System) -> None:
    for handler in HANDLERS:
        queue = system.arns.of("sqs", system.names.queue(handler))
        source = system.deployed.one(SOURCE, EventSourceArn=queue)
        assert source["FunctionName"] == system.names.function(handler), f"the queue of {handler} feeds another one"
        assert source.get("FunctionResponseTypes") == ["ReportBatchItemFailures"], (
            f"one bad event fails all of {handler}"
        )


def a_message_comes_back_only_when_its_batch_is_over(system: System) -> None:
    for handler in HANDLERS:
        queue = system.deployed.one(QUEUE, QueueName=system.names.queue(handler))
        function = system.deployed.one("AWS::Lambda::Function", FunctionName=system.names.function(handler))
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"], f"events of {handler} would be worked on twice"


def nothing_is_dropped(system: System) -> None:
    """Every queue, rule, schedule and subscription keeps what it could not deliver, where that may be put."""
    dead = {system.arns.of("sqs", queue["QueueName"]) for queue in system.deployed.of(QUEUE)}
    for handler in HANDLERS:
        queue = system.deployed.one(QUEUE, QueueName=system.names.queue(handler))
        target = queue.get("RedrivePolicy", {}).get("deadLetterTargetArn")
        assert target == system.arns.of("sqs", system.names.dead_letters(handler)), f"{handler} drops what fails"
    targets = [target for rule in system.deployed.of(RULE) for target in rule["Targets"]]
    targets += [schedule["Target"] for schedule in system.deployed.of("AWS::Scheduler::Schedule")]
    for target in targets:
        assert target.get("DeadLetterConfig", {}).get("Arn") in dead, f"no dead letters behind {target['Arn']}"
        assert {"MaximumEventAgeInSeconds", "MaximumRetryAttempts"} <= set(target.get("RetryPolicy", {}))
    for subscription in system.deployed.of("AWS::SNS::Subscription"):
        assert subscription.get("RedrivePolicy", {}).get("deadLetterTargetArn") in dead


def rules_may_write_to_their_queues(system: System) -> None:
    for rule in system.deployed.of(RULE):
        for target in rule["Targets"]:
            for arn in (target["Arn"], target.get("DeadLetterConfig", {}).get("Arn")):
                assert arn in _written_by_rules(system), f"EventBridge may not write to {arn}"


def _written_by_rules(system: System) -> set[str]:
    statements = [
        s for policy in system.deployed.of("AWS::SQS::QueuePolicy") for s in policy["PolicyDocument"]["Statement"]
    ]
    ours = [s for s in statements if s["Effect"] == "Allow" and s["Principal"].get("Service") == "events.amazonaws.com"]
    for statement in ours:
        ours_only = {"ArnLike": {"aws:SourceArn": system.arns.of("events", f"rule/{system.names.prefix}-*")}}
        assert statement["Condition"] == ours_only, "by the rule's ARN and nothing that EventBridge may not send"
    return {arn for statement in ours for arn in statement["Resource"]}


def every_handler_is_swept(system: System) -> None:
    """An event may be lost; a look every few minutes finds what it was about."""
    sweeps = [s for s in system.deployed.of("AWS::Scheduler::Schedule") if s["Name"].endswith("-sweep")]
    schedules = {s["Target"]["Arn"]: s for s in sweeps}
    for handler in HANDLERS:
        schedule = schedules.get(system.arns.of("sqs", system.names.queue(handler)))
        assert schedule is not None, f"{handler} is never swept"
        assert schedule["State"] == "ENABLED"
        system.wires.sweep(json.loads(schedule["Target"]["Input"]))


CHECKS = (
    each_event_wakes_the_handler_that_reads_it,
    a_rule_lets_through_exactly_what_its_parser_accepts,
    nobody_elses_event_wakes_anything,
    every_queue_wakes_its_function,
    a_message_comes_back_only_when_its_batch_is_over,
    nothing_is_dropped,
    rules_may_write_to_their_queues,
    every_handler_is_swept,
)
