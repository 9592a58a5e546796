"""Lambda functions: what they lose, how much they take, who may call them."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guard.control import Control, Fault, Subject, always, of
from infra.guard.stage import Resource, Stage, listed

FUNCTION, MAPPING = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"
SHORTEST_TIMEOUT_S = 60
"""botocore's own defaults are 60 s to connect and 60 s to read (Config), a Lambda's default timeout is 3 s."""
RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14", "nodejs22.x", "nodejs24.x")
"""Supported on the day of this list (Lambda developer guide, "Lambda runtimes")."""
TIMES_THE_TIMEOUT = 6


def _mappings(stage: Stage, function: Resource) -> list[Resource]:
    names = (function.name, function.arn)
    return [each for each in stage.of(MAPPING) if each.properties.get("FunctionName") in names]


def _queue(stage: Stage, arn: str) -> Resource | None:
    return next((queue for queue in stage.of("AWS::SQS::Queue") if queue.arn == arn), None)


def _loses_nothing(stage: Stage, subject: Subject) -> str | None:
    """A function that only queues call is never called asynchronously: the queue's dead letters are its own."""
    if subject.properties.get("DeadLetterConfig", {}).get("TargetArn"):
        return None
    names = (subject.resource.name, subject.resource.arn)
    for config in stage.of("AWS::Lambda::EventInvokeConfig"):
        if config.properties.get("FunctionName") in names and config.properties.get("DestinationConfig"):
            return None
    if any(each.properties.get("FunctionName") in names for each in stage.of("AWS::Lambda::Permission")):
        return "others than queues call it, and nothing keeps a call that failed"
    queues = [_queue(stage, each.properties.get("EventSourceArn", "")) for each in _mappings(stage, subject.resource)]
    kept = queues and all(queue and queue.properties.get("RedrivePolicy") for queue in queues)
    return None if kept else "nothing keeps a call that failed"


def _reserved(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("ReservedConcurrentExecutions")
    return None if found else "no reserved concurrency"


def _patient(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("Timeout")
    return None if found and found >= SHORTEST_TIMEOUT_S else f"Timeout is {found}"


def _memory(stage: Stage, subject: Subject) -> str | None:
    return None if subject.properties.get("MemorySize") else "no MemorySize"


def _traced(stage: Stage, subject: Subject) -> str | None:
    found = subject.properties.get("TracingConfig", {}).get("Mode")
    return None if found == "Active" else f"tracing is {found}"


def _variables_key(stage: Stage, subject: Subject) -> str | None:
    key = subject.properties.get("KmsKeyArn")
    return None if key in stage.keys else f"KmsKeyArn is {key}"


def _permissions(stage: Stage) -> Iterator[Subject]:
    for permission in stage.of("AWS::Lambda::Permission"):
        yield Subject(permission, permission.properties)


def _not_borrowed(stage: Stage, subject: Subject) -> str | None:
    limits = ("SourceAccount", "SourceArn", "PrincipalOrgID")
    if not str(subject.value.get("Principal")).endswith("amazonaws.com"):
        return None
    return (
        None
        if any(subject.value.get(each) for each in limits)
        else f"{subject.value.get('Principal')} calls for anybody"
    )


def _supported(stage: Stage, subject: Subject) -> str | None:
    if subject.properties.get("PackageType") == "Image":
        return None
    found = subject.properties.get("Runtime")
    return None if found in RUNTIMES else f"Runtime is {found}"


def _signed(stage: Stage, subject: Subject) -> str | None:
    return None if subject.properties.get("CodeSigningConfigArn") else "its code is not signed"


def _gives_time(stage: Stage, subject: Subject) -> str | None:
    """A mapping of a queue: messages stay hidden for long enough, and one failure does not repeat the batch."""
    properties = subject.properties
    queue = _queue(stage, properties.get("EventSourceArn", ""))
    if queue is None:
        return f"its source {properties.get('EventSourceArn')} is no queue of this environment"
    name = properties.get("FunctionName")
    function = next((each for each in stage.of(FUNCTION) if name in (each.name, each.arn)), None)
    timeout = function.properties.get("Timeout", 3) if function else 3
    visible = queue.properties.get("VisibilityTimeout", 30)
    if visible < TIMES_THE_TIMEOUT * timeout:
        return f"messages come back after {visible} s while the function may take {timeout} s"
    return (
        None
        if "ReportBatchItemFailures" in listed(properties.get("FunctionResponseTypes"))
        else "no ReportBatchItemFailures"
    )


def _of_functions(id: str, requirement: str, accepts: str, fault: Fault) -> Control:
    return Control(id, requirement, accepts, of(FUNCTION), fault, needed=always)


FUNCTIONS = (
    _of_functions(
        "L-01",
        "A call that fails is kept",
        "DeadLetterConfig, a failure destination, or only queues with dead letters as callers",
        _loses_nothing,
    ),
    _of_functions("L-02", "A function has its own share of the account", "ReservedConcurrentExecutions", _reserved),
    _of_functions("L-03", "A function outlives its calls", f"a Timeout of {SHORTEST_TIMEOUT_S} s or more", _patient),
    _of_functions("L-04", "Memory is chosen", "MemorySize", _memory),
    _of_functions("L-05", "Calls are traced", "TracingConfig: Active", _traced),
    _of_functions(
        "L-06", "Variables are encrypted with the team's key", "KmsKeyArn of this environment", _variables_key
    ),
    Control(
        "L-07",
        "A service calls a function for this account only",
        "SourceAccount or SourceArn",
        _permissions,
        _not_borrowed,
        absent="Queues call the functions; a queue needs no permission.",
    ),
    _of_functions("L-08", "Runtimes are supported", f"one of {', '.join(RUNTIMES)}", _supported),
    _of_functions("L-09", "Code is signed", "CodeSigningConfigArn", _signed),
    Control(
        "L-10",
        "A queue gives its function time, and back only what failed",
        f"VisibilityTimeout of {TIMES_THE_TIMEOUT} times the Timeout, ReportBatchItemFailures",
        of(MAPPING),
        _gives_time,
        needed=always,
    ),
)
