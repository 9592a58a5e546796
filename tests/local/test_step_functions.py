"""State machines do what their role may, and see a function's exception by its class."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.start import EmbeddedAws, eventually
from tests.local.conftest import allow

pytestmark = pytest.mark.slow
FAILS = "class DriftError(Exception): ...\ndef handler(event, context):\n    raise DriftError('no')\n"


def run(aws: EmbeddedAws, name: str, role_arn: str, **state: Any) -> dict[str, Any]:
    """Description of the finished execution of a state machine with this one state."""
    states = aws.client("stepfunctions")
    definition = json.dumps({"StartAt": "Only", "States": {"Only": {"End": True, **state}}})
    machine = states.create_state_machine(name=name, definition=definition, roleArn=role_arn)["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
    for _ in eventually():
        found: dict[str, Any] = states.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            return found
    raise AssertionError


def task(resource: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, **more}


def test_a_task_does_what_the_role_may(
    aws: EmbeddedAws, role: Callable[..., str], unique: Callable[[str], str]
) -> None:
    put = {"Name": f"/{unique('p')}", "Value": "1", "Type": "String"}
    granted = role("states", allow("ssm:PutParameter"))
    done = run(aws, unique("machine"), granted, **task("aws-sdk:ssm:putParameter", put))
    assert (done["status"], json.loads(done["output"])["Version"]) == ("SUCCEEDED", 1)
    denied = run(aws, unique("machine"), role("states"), **task("aws-sdk:ssm:putParameter", put))
    assert (denied["status"], denied["error"]) == ("FAILED", "Ssm.AccessDeniedException")


def test_a_function_needs_the_roles_permission(
    aws: EmbeddedAws,
    role: Callable[..., str],
    function: Callable[..., tuple[str, str]],
    unique: Callable[[str], str],
) -> None:
    name, arn = function("def handler(event, context):\n    return event['x'] + 1\n")
    call = task("lambda:invoke", {"FunctionName": name, "Payload": {"x": 1}})
    done = run(aws, unique("machine"), role("states", allow("lambda:InvokeFunction", on=arn)), **call)
    assert json.loads(done["output"])["Payload"] == 2
    denied = run(aws, unique("machine"), role("states"), **call)
    assert denied["error"] == "Lambda.AccessDeniedException"
    assert f"lambda:InvokeFunction on resource: {arn}" in denied["cause"]


def test_an_exception_is_caught_by_its_class(
    aws: EmbeddedAws,
    role: Callable[..., str],
    function: Callable[..., tuple[str, str]],
    unique: Callable[[str], str],
) -> None:
    name, _ = function(FAILS)
    invoke = role("states", allow("lambda:InvokeFunction"))
    done = run(aws, unique("machine"), invoke, **task("lambda:invoke", {"FunctionName": name, "Payload": {}}))
    assert done["error"] == "DriftError"


def test_waiting_takes_simulated_time(aws: EmbeddedAws, role: Callable[..., str], unique: Callable[[str], str]) -> None:
    assert run(aws, unique("machine"), role("states"), Type="Wait", Seconds=3600)["status"] == "SUCCEEDED"


def test_a_role_must_trust_step_functions(
    aws: EmbeddedAws, role: Callable[..., str], unique: Callable[[str], str]
) -> None:
    other = role("scheduler", allow("ssm:*"))
    done = run(aws, unique("machine"), other, **task("aws-sdk:ssm:describeParameters", {}))
    assert done["error"] == "States.Permissions"
